import M3DTStorage

/// The tasks that are known, in a fixed order, each under a unique name.
///
/// A registry is a value: adding a user's own task to a copy changes nothing elsewhere.
public struct TaskRegistry: Sendable {
    /// All tasks, in the order in which they were registered.
    public private(set) var tasks: [TaskSpecification] = []
    private var positions: [String: Int] = [:]

    /// Makes a registry without tasks.
    public init() {}

    /// Makes a registry of the given tasks.
    ///
    /// - Throws: ``TaskError`` where two share a name or a specification makes no sense.
    public init(_ tasks: [TaskSpecification]) throws {
        for task in tasks { try register(task) }
    }

    /// Adds a task after all others.
    ///
    /// - Throws: ``TaskError`` where the name is taken or the specification makes no sense.
    public mutating func register(_ task: TaskSpecification) throws {
        if let reason = task.invalidity { throw TaskError.invalidSpecification(name: task.name, reason: reason) }
        guard positions[task.name] == nil else { throw TaskError.duplicate(name: task.name) }
        positions[task.name] = tasks.count
        tasks.append(task)
    }

    /// The task of the given name.
    ///
    /// - Throws: ``TaskError/unknown(name:nearest:)`` with the most similar name there is.
    public func task(named name: String) throws -> TaskSpecification {
        guard let position = positions[name] else { throw unknown(name) }
        return tasks[position]
    }

    /// The families that have at least one task, in their usual order.
    public var domains: [Domain] { Domain.allCases.filter { domain in tasks.contains { $0.domain == domain } } }

    /// The tasks of one family, in order.
    public func tasks(in domain: Domain) -> [TaskSpecification] { tasks.filter { $0.domain == domain } }

    func position(of task: TaskSpecification) -> Int? { positions[task.name] }

    func unknown(_ name: String) -> TaskError {
        let candidates = tasks.map(\.name) + domains.map(\.rawValue) + ["all"] + tens.map(\.name)
        return .unknown(name: name, nearest: NearestName.nearest(to: name, in: candidates))
    }
}

extension TaskSpecification {
    /// What makes the specification unusable, if anything does.
    var invalidity: String? {
        if name.isEmpty { return "the name is empty" }
        if name.contains(where: { " ,*?@/".contains($0) }) {
            return "a name may not hold a space or any of , * ? @ /"
        }
        if Domain(rawValue: name) != nil || name == "all" { return "the name is that of a family of tasks" }
        if TaskRegistry.suiteSize(name) != nil { return "the name is that of a suite of tasks" }
        if observationWidth < 1 || actionWidth < 1 { return "observations and actions need at least one number" }
        if episodeSteps < 1 || evaluationEpisodes < 1 { return "episodes and their steps must be at least 1" }
        if !(returnScale > 0) || !returnScale.isFinite { return "the return scale must be a positive number" }
        return nil
    }
}
