/// Evaluated episodes of one or several methods, and the scores that follow from them.
public struct EvaluationResults: Sendable, Equatable {
    /// What intervals are drawn over.
    public enum Unit: Sendable, Equatable {
        /// Training runs of different seeds: the interval covers how much training runs differ.
        case trainingRuns
        /// Episodes, where some method has a task with one seed only: the spread between training runs is not covered.
        case episodes
    }

    /// The episodes.
    public let records: [EvaluationRecord]
    /// In the order in which they first occur.
    public let methods: [String]
    /// In the order in which they first occur.
    public let tasks: [String]
    /// In the order in which they first occur.
    public let domains: [String]
    /// What intervals are drawn over.
    public let unit: Unit
    /// For each method and task the scores of its runs or episodes.
    private let scores: [String: [String: [Double]]]
    private let domainOfTask: [String: String]

    /// Sorts episodes by method and task.
    public init(_ records: [EvaluationRecord]) {
        self.records = records
        methods = Self.unique(records.map(\.method))
        tasks = Self.unique(records.map(\.task))
        domains = Self.unique(records.map(\.domain))
        domainOfTask = Dictionary(records.map { ($0.task, $0.domain) }) { first, _ in first }
        let cells = Dictionary(grouping: records, by: \.method).mapValues { Dictionary(grouping: $0, by: \.task) }
        let seeds = cells.values.flatMap(\.values).map { Set($0.map(\.seed)).count }
        let unit: Unit = (seeds.min() ?? 0) > 1 ? .trainingRuns : .episodes
        self.unit = unit
        scores = cells.mapValues { $0.mapValues { Self.scores(of: $0, unit) } }
    }

    /// The domain of a task; empty where the task is not known.
    public func domain(of task: String) -> String { domainOfTask[task] ?? "" }

    /// The mean score of a method on a task, over runs or episodes; nil where it was not evaluated.
    public func mean(_ method: String, task: String) -> Double? {
        scores[method]?[task].map { $0.reduce(0, +) / Double($0.count) }
    }

    /// The scores of a method over the given tasks; nil where it was evaluated on none of them.
    ///
    /// - Throws: ``ReportError/sampleNotFinite(statistic:)``.
    public func strata(_ method: String, tasks chosen: [String]? = nil) throws -> ScoreStrata? {
        let found = (chosen ?? tasks).compactMap { scores[method]?[$0] }
        return found.isEmpty ? nil : try ScoreStrata(found)
    }

    /// The tasks of a domain.
    public func tasks(of domain: String) -> [String] { tasks.filter { domainOfTask[$0] == domain } }

    /// The tasks that a method was not evaluated on although another was.
    public func missingTasks(_ method: String) -> [String] { tasks.filter { scores[method]?[$0] == nil } }

    /// The tasks that all of the given methods were evaluated on.
    public func sharedTasks(_ methods: [String]) -> [String] {
        tasks.filter { task in methods.allSatisfy { scores[$0]?[task] != nil } }
    }

    /// What the intervals cover, as a sentence.
    public var unitSentence: String {
        switch unit {
        case .trainingRuns:
            "Intervals are 95 % stratified bootstrap intervals over training runs of different seeds."
        case .episodes:
            "Intervals are 95 % stratified bootstrap intervals over episodes: some method has a single training run, so how "
                + "much training runs differ is not covered."
        }
    }

    private static func scores(of records: [EvaluationRecord], _ unit: Unit) -> [Double] {
        guard unit == .trainingRuns else { return records.map(\.score) }
        let runs = Dictionary(grouping: records, by: \.seed)
        return runs.sorted { $0.key < $1.key }.map { $0.value.reduce(0) { $0 + $1.score } / Double($0.value.count) }
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
