import M3DTTasks
import M3DTTraining

/// One training run of a study: a method on a set of tasks with a seed.
public struct StudyCell: Sendable, Equatable {
    /// What tables call the method, with the number of experts where the study varies it.
    public let method: String
    /// The method without that number.
    public let family: String
    /// The name of the set of tasks.
    public let set: String
    public let tasks: [TaskSpecification]
    public let seed: UInt64
    public let recipe: Recipe

    /// N; nothing for a method without experts.
    public var experts: Int? { recipe.method == .m3dt || recipe.method == .moe ? recipe.grouping.experts : nil }

    /// Optimiser steps of the whole run, those of all agents together.
    public var steps: Int { recipe.totalSteps * (recipe.method == .singleTask ? tasks.count : 1) }

    /// The name of the run's folder.
    public var folderName: String { "\(Self.folderName(of: method))--\(set)--seed\(seed)" }

    /// The cell in words.
    public var title: String {
        "\(method), \(Int(set) == nil ? set : "\(set) tasks"), seed \(seed)"
    }

    /// Steps done where a stage, as metrics and progress name it, has done so many.
    func stepsDone(stage: String, step: Int) -> Int {
        stepsBefore(stage: stage) + step * (ExpertGroupStage.numbers(named: stage)?.count ?? 1)
    }

    /// Steps of the stages before the given one.
    func stepsBefore(stage: String) -> Int {
        if let numbers = ExpertGroupStage.numbers(named: stage) {
            return recipe.backbone.steps + numbers.lowerBound * recipe.experts.steps
        }
        if let number = stage.dropping("expert-").flatMap({ Int($0) }) {
            return recipe.backbone.steps + number * recipe.experts.steps
        }
        if let task = stage.dropping("agent-") {
            return (tasks.firstIndex { $0.name == task } ?? 0) * recipe.backbone.steps
        }
        return stage == "router" ? steps - recipe.router.steps : 0
    }

    private static func folderName(of method: String) -> String {
        String(method.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" }).lowercased()
    }
}

extension String {
    /// What stands after a prefix; nothing without it.
    fileprivate func dropping(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
