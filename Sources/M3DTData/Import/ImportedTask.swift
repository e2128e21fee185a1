import M3DTTasks

/// What an import took in of a task, or would.
public struct ImportedTask: Sendable {
    public let foreign: ForeignTask
    public let specification: TaskSpecification
    /// What its files hold; nothing where it was in the store already.
    public let scan: ForeignScan?
    public let episodes: Int
    public let steps: Int
    /// What there is to know about it, in sentences.
    public let notes: [String]

    init(
        foreign: ForeignTask, specification: TaskSpecification, scan: ForeignScan, isKnown: Bool,
        partial: PartialEpisodes
    ) {
        self.foreign = foreign
        self.specification = specification
        self.scan = scan
        // How many steps dropped episodes have is known only once they are read.
        episodes = scan.episodes - (partial == .drop ? scan.partial : 0)
        steps = scan.steps
        notes = Self.notes(foreign, specification, scan, isKnown: isKnown, partial: partial)
    }

    /// A task that was in the store already.
    init(foreign: ForeignTask, kept stored: StoredTask) {
        self.foreign = foreign
        specification = stored.specification
        scan = nil
        episodes = stored.episodes
        steps = stored.steps
        notes = ["was imported before"]
    }

    /// The size of the file in the store, within a few kilobytes: four bytes for each number of a step, one for success.
    public var bytes: Int {
        steps * (4 * (specification.observationWidth + specification.actionWidth + 2) + 1)
    }

    private static func notes(
        _ foreign: ForeignTask, _ task: TaskSpecification, _ scan: ForeignScan, isKnown: Bool, partial: PartialEpisodes
    ) -> [String] {
        var notes: [String] = []
        if foreign.name != task.name { notes.append("is \(foreign.name) in the files") }
        if !isKnown {
            notes.append("is not registered: \(task.episodeSteps) steps, target and score are taken from the data")
        }
        let cut = [
            ("observations", scan.observationWidth, task.observationWidth),
            ("actions", scan.actionWidth, task.actionWidth),
        ].filter { $0.1 > $0.2 }.map { "\($0.0) from \($0.1) to \($0.2)" }
        if !cut.isEmpty { notes.append("padding is removed: " + cut.joined(separator: ", ")) }
        if !scan.converted.isEmpty { notes.append("\(scan.converted.joined(separator: ", ")) becomes float32") }
        if scan.partial > 0 {
            let fate = partial == .keep ? "kept" : "dropped"
            notes.append("\(scan.partial) partial episode\(scan.partial == 1 ? " is" : "s are") \(fate)")
        }
        if scan.largestAction > 1.001 {
            notes.append("actions reach \(scan.largestAction), policies only 1")
        }
        if task.score == .success, !scan.hasSuccess { notes.append("success is not recorded") }
        return notes
    }
}
