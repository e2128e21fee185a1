/// Evaluated episodes of one or several methods, and the scores that follow from them.
public struct EvaluationResults: Sendable, Equatable {
    /// What intervals are drawn over.
    public enum Unit: Sendable, Equatable {
        /// Training runs: the interval covers how much they differ.
        case trainingRuns
        /// Episodes, where some method was trained once for some task: the spread between training runs is not covered.
        case episodes
    }

    /// For each training run the episodes of its policy.
    public let runs: [[EvaluationRecord]]
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

    /// The episodes of all runs.
    public var records: [EvaluationRecord] { runs.flatMap(\.self) }

    /// Sorts the episodes of training runs by method and task.
    ///
    /// Several runs of one method count as independent. Different seeds of one policy's evaluation do not make several runs.
    public init(runs: [[EvaluationRecord]]) {
        self.runs = runs
        let records = runs.flatMap(\.self)
        methods = Self.unique(records.map(\.method))
        tasks = Self.unique(records.map(\.task))
        domains = Self.unique(records.map(\.domain))
        domainOfTask = Dictionary(records.map { ($0.task, $0.domain) }) { first, _ in first }
        let cells = Self.cells(runs)
        let unit: Unit = (cells.values.flatMap(\.values).map(\.count).min() ?? 0) > 1 ? .trainingRuns : .episodes
        self.unit = unit
        scores = cells.mapValues { $0.mapValues { unit == .episodes ? $0.flatMap(\.self) : $0.map(Self.mean) } }
    }

    /// The domain of a task; empty where the task is not known.
    public func domain(of task: String) -> String { domainOfTask[task] ?? "" }

    /// The mean score of a method on a task, over runs or episodes; nil where it was not evaluated.
    public func mean(_ method: String, task: String) -> Double? {
        scores[method]?[task].map(Self.mean)
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
            "Intervals are 95 % stratified bootstrap intervals over training runs."
        case .episodes:
            "Intervals are 95 % stratified bootstrap intervals over episodes: some method has a single training run, so how "
                + "much training runs differ is not covered."
        }
    }

    /// For each method and task the scores of the episodes in each run that has some.
    private static func cells(_ runs: [[EvaluationRecord]]) -> [String: [String: [[Double]]]] {
        var cells: [String: [String: [[Double]]]] = [:]
        for run in runs {
            for (method, records) in Dictionary(grouping: run, by: \.method) {
                for (task, records) in Dictionary(grouping: records, by: \.task) {
                    cells[method, default: [:]][task, default: []].append(records.map(\.score))
                }
            }
        }
        return cells
    }

    private static func mean(_ scores: [Double]) -> Double { scores.reduce(0, +) / Double(scores.count) }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
