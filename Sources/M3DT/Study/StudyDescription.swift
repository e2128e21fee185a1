/// What a study file holds: a grid of methods, sets of tasks and seeds that are trained and compared.
public struct StudyDescription: Sendable, Equatable {
    /// What the study is called; its folder has this name where no other is given.
    public var name: String
    /// The folder of the data.
    public var data: String
    /// What is compared.
    public var methods: [Method]
    /// How many and which tasks each method is trained on.
    public var tasks: [Tasks]
    /// What everything random is drawn from; each is a training run of its own. Default: 0.
    public var seeds: [UInt64] = [0]
    /// Optimiser steps of a run, all its stages together; nothing for what each recipe says.
    public var steps: Int?
    /// Settings of all recipes, such as `model.width=128`.
    public var settings: [String] = []
    /// The method that others are compared with; nothing for the first.
    public var baseline: String?
    /// Runs that are trained at once; nothing for as many as there are processors.
    public var jobs: Int?
    /// What stays of a finished run. Default: policies.
    public var keep = Keep.policy

    /// A recipe and what is changed in it.
    public struct Method: Sendable, Equatable {
        /// A built-in recipe or a recipe file.
        public var recipe: String
        /// What tables call the method; nothing for the recipe's own name.
        public var label: String?
        public var settings: [String] = []
        /// N, the numbers of experts, each of which makes a method; empty for the recipe's own number.
        public var experts: [Int] = []
        /// The sets of tasks that it is trained on; empty for all.
        public var tasks: [String] = []
        /// Nothing for those of the set of tasks.
        public var seeds: [UInt64]?
    }

    /// A set of tasks.
    public struct Tasks: Sendable, Equatable {
        public var name: String
        /// Tasks, families, patterns, suites, choices; see `TaskRegistry/select(_:)`.
        public var words: [String]
        /// Nothing for those of the study.
        public var seeds: [UInt64]?
        /// Nothing for those of the study.
        public var steps: Int?
        public var settings: [String] = []
    }

    /// What stays of a finished run's weights; scores, curves and gates always do.
    public enum Keep: String, Sendable, CaseIterable {
        /// Only the policy folder.
        case policy
        /// The weights of every stage as well.
        case all
        /// No weights.
        case scores
    }
}
