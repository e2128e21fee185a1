import M3DTData
import M3DTStorage
import M3DTTasks
import M3DTTensor
import M3DTTraining

/// The runs of a study, in the order in which they are begun: set of tasks by set of tasks, seed by seed, method by method.
public struct StudyPlan: Sendable {
    public let cells: [StudyCell]
    /// The method that others are compared with.
    public let baseline: String

    /// Expands the grid of a study, and checks all that can be checked before training.
    ///
    /// - Parameter device: What the recipes' defaults are for.
    /// - Throws: ``StudyError`` for sets and methods that do not go together or names that mean nothing, ``RecipeError``,
    ///   `TaskError`.
    public init(_ study: StudyDescription, data: TrajectoryStore, device: Device = .cpu) throws {
        let variants = try study.methods.flatMap { try MethodVariant.variants(of: $0, in: study) }
        try Self.checkUnique(variants.map(\.label), "methods")
        try Self.checkUnique(study.tasks.map(\.name), "sets of tasks")
        for method in study.methods {
            for name in method.tasks { try Self.check(name, isIn: study.tasks.map(\.name), key: "tasks") }
        }
        baseline = study.baseline ?? variants[0].label
        try Self.check(baseline, isIn: variants.map(\.label), key: "baseline")
        var cells: [StudyCell] = []
        for set in study.tasks {
            let tasks = try Self.tasks(of: set, in: data)
            let seeds = set.seeds ?? study.seeds
            let allSeeds = seeds + variants.flatMap { $0.method.seeds ?? [] }.filter { !seeds.contains($0) }.unique
            for seed in allSeeds {
                for variant in variants where variant.covers(set.name) && (variant.method.seeds ?? seeds).contains(seed)
                {
                    cells.append(try variant.cell(on: set, tasks: tasks, seed: seed, device: device))
                }
            }
        }
        try Self.checkUnique(cells.map(\.folderName), "runs")
        self.cells = cells
    }

    /// The tasks that a set means. A suite is the paper's own; all other words choose from the tasks of the data.
    private static func tasks(of set: StudyDescription.Tasks, in data: TrajectoryStore) throws -> [TaskSpecification] {
        let stored = try TaskRegistry(data.tasks)
        var chosen: Swift.Set<String> = []
        for word in set.words {
            let isSuite = TaskRegistry.suiteSizes.contains { word == "mt\($0)" || word.hasPrefix("mt\($0)@") }
            chosen.formUnion(try (isSuite ? TaskRegistry.standard : stored).select([word]).map(\.name))
        }
        let missing = chosen.subtracting(data.tasks.map(\.name)).sorted()
        guard missing.isEmpty else {
            throw StudyError.tasksNotInData(set: set.name, tasks: missing, data: data.folder.path)
        }
        return data.tasks.filter { chosen.contains($0.name) }
    }

    private static func checkUnique(_ names: [String], _ what: String) throws {
        if let name = Dictionary(grouping: names, by: \.self).first(where: { $1.count > 1 })?.key {
            throw StudyError.twice(what: what, name: name)
        }
    }

    private static func check(_ name: String, isIn known: [String], key: String) throws {
        guard !known.contains(name) else { return }
        throw StudyError.unknownName(
            key: key, name: name, nearest: NearestName.nearest(to: name, in: known), known: known)
    }
}

/// A method with one of its numbers of experts.
private struct MethodVariant {
    let method: StudyDescription.Method
    let study: StudyDescription
    let family: String
    /// N, where the study varies it.
    let experts: Int?

    var label: String { experts.map { "\(family) N=\($0)" } ?? family }

    static func variants(of method: StudyDescription.Method, in study: StudyDescription) throws -> [MethodVariant] {
        let family = try method.label ?? Recipe(named: method.recipe, settings: method.settings).name
        let numbers: [Int?] = method.experts.isEmpty ? [nil] : method.experts
        return numbers.map { MethodVariant(method: method, study: study, family: family, experts: $0) }
    }

    func covers(_ set: String) -> Bool { method.tasks.isEmpty || method.tasks.contains(set) }

    func cell(
        on set: StudyDescription.Tasks, tasks: [TaskSpecification], seed: UInt64, device: Device
    ) throws -> StudyCell {
        let settings = study.settings + set.settings + method.settings
        var recipe = try Recipe(named: method.recipe, settings: settings, on: device)
        if let experts { recipe.grouping.experts = experts }
        if let steps = set.steps ?? study.steps {
            // The recipe's own number of experts says what part of the steps is for experts.
            let own = settings.filter { !$0.hasPrefix("grouping.experts=") }
            let shares = try Recipe(named: method.recipe, settings: own)
            guard recipe.share(steps, as: shares, tasks: tasks.count) else {
                throw StudyError.tooFewSteps(method: label, set: set.name, steps: steps)
            }
        }
        let grouped = recipe.method == .m3dt && recipe.grouping.method != .none
        guard !grouped || recipe.grouping.experts <= tasks.count else {
            throw StudyError.tooManyExperts(
                method: label, experts: recipe.grouping.experts, set: set.name, tasks: tasks.count)
        }
        (recipe.name, recipe.seed, recipe.tasks) = (label, seed, tasks.map(\.name))
        return StudyCell(
            method: label, family: family, set: set.name, tasks: tasks, seed: seed, recipe: recipe)
    }
}

extension Recipe {
    /// Shares out a number of optimiser steps among the stages in another recipe's proportions, and among experts evenly.
    ///
    /// - Returns: Whether every stage has a step.
    fileprivate mutating func share(_ total: Int, as other: Recipe, tasks: Int) -> Bool {
        switch method {
        case .m3dt:
            let whole = Double(other.totalSteps)
            backbone.steps = Int((Double(total) * Double(other.backbone.steps) / whole).rounded())
            let expertSteps = Double(total) * Double(other.grouping.experts * other.experts.steps) / whole
            experts.steps = Int((expertSteps / Double(grouping.experts)).rounded())
            router.steps = total - backbone.steps - grouping.experts * experts.steps
            return min(backbone.steps, experts.steps, router.steps) > 0
        case .singleTask: backbone.steps = total / tasks
        case .backbone, .harmodt, .moe: backbone.steps = total
        // They go on from a finished run, which a study's runs do not have.
        case .addTasks, .fineTune: return false
        }
        return backbone.steps > 0
    }
}

extension [UInt64] {
    fileprivate var unique: [UInt64] { Swift.Set(self).sorted() }
}
