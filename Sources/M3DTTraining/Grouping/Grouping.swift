import Foundation
import M3DTRandom
import M3DTStorage
import M3DTTasks

/// Which tasks each expert is trained on.
public struct Grouping: Codable, Sendable, Equatable {
    /// How tasks are dealt out.
    public enum Method: String, Codable, Sendable, CaseIterable {
        /// Equal parts at random.
        case random
        /// Tasks whose gradients agree with the mean gradient in the same weights.
        case gradient
        /// Not at all: every expert is trained on all tasks.
        case none
    }

    public let method: Method
    /// The names of each expert's tasks.
    public let experts: [[String]]
    public let seed: UInt64
    /// With ``Method/gradient``: the sum of squared distances of the agreement vectors from their groups' centres.
    public let inertia: Double?
    /// The same with all tasks in one group.
    public let totalInertia: Double?

    /// With ``Method/gradient`` by sketches: the numbers of each, from which the inertia is estimated.
    public let sketch: Int?

    public init(
        method: Method, experts: [[String]], seed: UInt64, inertia: Double? = nil, totalInertia: Double? = nil,
        sketch: Int? = nil
    ) {
        self.method = method
        self.experts = experts
        self.seed = seed
        self.inertia = inertia
        self.totalInertia = totalInertia
        self.sketch = sketch
    }

    /// The number of tasks of each expert.
    public var sizes: [Int] { experts.map(\.count) }

    /// Deals the tasks out at random, sizes as equal as can be.
    ///
    /// - Throws: ``TrainingError/tooManyExperts(experts:tasks:)`` where there are fewer tasks than experts.
    public static func random(tasks: [String], experts: Int, seed: UInt64) throws -> Grouping {
        try check(experts: experts, tasks: tasks.count)
        var order = Array(tasks.indices)
        var stream = RandomStream(seed: seed).split("grouping")
        stream.shuffle(&order)
        var clusters = [Int](repeating: 0, count: tasks.count)
        for (place, task) in order.enumerated() { clusters[task] = place % experts }
        return Grouping(method: .random, experts: groups(clusters, of: tasks), seed: seed)
    }

    /// Gives every expert all tasks.
    ///
    /// - Throws: ``TrainingError/option(name:value:allowed:)`` where there are no experts.
    public static func none(tasks: [String], experts: Int, seed: UInt64) throws -> Grouping {
        try check(experts: experts, tasks: max(experts, 1))
        return Grouping(method: .none, experts: Array(repeating: tasks, count: experts), seed: seed)
    }

    /// Groups tasks by K-means on their agreement vectors, given all products of pairs of these.
    ///
    /// - Parameter sketch: The numbers of each sketch, where the products are those of sketches.
    /// - Throws: ``TrainingError/tooManyExperts(experts:tasks:)`` where there are fewer tasks than experts, or another
    ///   ``TrainingError`` where an option is out of range.
    public static func gradient(
        _ gram: GramMatrix, tasks: [String], experts: Int, options: ClusteringOptions = ClusteringOptions(),
        seed: UInt64, sketch: Int? = nil
    ) throws -> Grouping {
        precondition(gram.count == tasks.count, "\(gram.count) vectors cannot stand for \(tasks.count) tasks")
        try options.validate()
        try check(experts: experts, tasks: tasks.count)
        let best = GramClustering(gram: gram, count: experts, options: options)
            .best(stream: RandomStream(seed: seed).split("grouping"))
        let whole = Partition(gram, clusters: tasks.map { _ in 0 }, count: 1)
        return Grouping(
            method: .gradient, experts: groups(best.clusters, of: tasks), seed: seed, inertia: best.inertia,
            totalInertia: whole.inertia, sketch: sketch)
    }

    /// The same groups, and after them those of further experts.
    public func adding(_ others: Grouping) -> Grouping {
        Grouping(method: method, experts: experts + others.experts, seed: seed)
    }

    /// Each expert's tasks as indices into the tasks of a data source.
    ///
    /// - Throws: ``TrainingError`` for an unknown task or an expert without tasks.
    public func indices(in tasks: [TaskSpecification]) throws -> [[Int]] {
        let names = tasks.map(\.name)
        return try experts.enumerated().map { expert, group in
            guard !group.isEmpty else { throw TrainingError.emptyGroup(expert: expert) }
            return try group.map { name in
                guard let index = names.firstIndex(of: name) else {
                    let nearest = NearestName.nearest(to: name, in: names)
                    throw TrainingError.unknownTask(name: name, nearest: nearest)
                }
                return index
            }
        }
    }

    /// Reads a grouping that was written before.
    ///
    /// - Throws: ``StorageError`` or ``TrainingError/damagedFile(file:problem:)`` where the file is missing or damaged.
    public init(contentsOf url: URL) throws {
        self = try JSONFile.read(Grouping.self, from: url)
    }

    /// Writes the grouping as JSON, atomically.
    ///
    /// - Throws: ``StorageError`` where the file cannot be written.
    public func write(to url: URL) throws {
        try JSONFile.write(self, to: url)
    }

    private static func check(experts: Int, tasks: Int) throws {
        guard experts > 0 else {
            throw TrainingError.option(name: "experts", value: "\(experts)", allowed: "at least 1")
        }
        guard experts <= tasks else { throw TrainingError.tooManyExperts(experts: experts, tasks: tasks) }
    }

    /// The names in each cluster in their order; the clusters in the order of their first tasks.
    private static func groups(_ clusters: [Int], of tasks: [String]) -> [[String]] {
        var numbers: [Int: Int] = [:]
        var groups: [[String]] = []
        for (task, cluster) in zip(tasks, clusters) {
            if numbers[cluster] == nil {
                numbers[cluster] = groups.count
                groups.append([])
            }
            groups[numbers[cluster] ?? 0].append(task)
        }
        return groups
    }
}
