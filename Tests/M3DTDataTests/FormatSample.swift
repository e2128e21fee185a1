import Foundation
import M3DTTasks
import M3DTWorker
import Testing

@testable import M3DTData

/// Files of other projects' formats, made by the formats' own libraries.
enum FormatSample {
    /// Whether `make worker` has installed the packages; `.ci/run` does.
    static var canBeMade: Bool { WorkerInstallation.standard.has(group: "formats") }

    /// The sample's task, and what all formats hold of it.
    static let task = "cheetah-vel-03"
    static let endedEpisode = 1

    /// Episode `number` has 4 + `number` steps; `Tests/Worker/make_samples.py` makes the same numbers.
    static func episode(_ number: Int) -> Trajectory {
        let steps = 0..<4 + number
        func table(_ width: Int, _ shift: Int) -> [Float] {
            steps.flatMap { step in
                (0..<width).map { Float((31 * number + 7 * step + 3 * $0 + shift) % 64 - 32) / 32 }
            }
        }
        return Trajectory(
            task: task, observations: table(20, 0), actions: table(6, 5),
            rewards: steps.map { Float((number + $0) % 8) / 4 }, successes: steps.map { _ in false },
            terminated: number == endedEpisode, source: "")
    }

    /// Makes the sample of a format.
    static func make(_ format: ForeignFormat, in folder: URL) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let packages = root.deletingLastPathComponent().appendingPathComponent(".worker/formats/interpreter")
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: try String(contentsOf: packages, encoding: .utf8).trimmingCharacters(in: .newlines))
        process.arguments = [
            "-B", "-S", root.appendingPathComponent("Worker/make_samples.py").path, format.rawValue, folder.path,
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "the sample of \(format.rawValue) could not be made")
    }
}

/// Trajectories of other projects that are held in memory, with every episode of a task as wide as `widths` says.
final class MemoryTrajectories: ForeignTrajectories {
    var content: [String: [ForeignEpisode]]
    var widths = (observations: 2, actions: 1)
    var changeOfScan: (inout ForeignScan) -> Void = { _ in }
    /// The task whose reading fails after its first episode.
    var broken: String?
    private(set) var readings: [ForeignReading] = []

    init(_ content: [String: [ForeignEpisode]]) { self.content = content }

    /// Episodes of two steps whose rewards add up to the given returns.
    convenience init(returns: [String: [Float]], prompts: Set<Int> = []) {
        self.init(
            returns.mapValues { returns in
                returns.enumerated().map { index, total in
                    ForeignEpisode(
                        trajectory: Trajectory(
                            task: "", observations: [total, 1, 2, 3], actions: [0.5, -0.5], rewards: [total, 0],
                            successes: [false, false], source: "file"), isPrompt: prompts.contains(index))
                }
            })
    }

    func tasks() -> [ForeignTask] {
        content.keys.sorted().map { ForeignTask(name: $0, files: content[$0]!.count, bytes: 100) }
    }

    func scan(_ task: String, _ reading: ForeignReading, onProgress: (Int) throws -> Void) throws -> ForeignScan {
        readings.append(reading)
        let episodes = content[task]!
        let returns = episodes.map(\.trajectory.totalReturn)
        let steps = episodes.map(\.trajectory.steps)
        try onProgress(steps.reduce(0, +))
        var scan = ForeignScan(
            episodes: episodes.count, promptEpisodes: episodes.count(where: \.isPrompt), steps: steps.reduce(0, +),
            longest: steps.max() ?? 0, observationWidth: widths.observations, actionWidth: widths.actions,
            usedObservationWidth: widths.observations, usedActionWidth: widths.actions, partial: 0,
            leastReturn: returns.min() ?? 0, greatestReturn: returns.max() ?? 0, largestAction: 0.5, converted: [],
            hasSuccess: false)
        changeOfScan(&scan)
        return scan
    }

    func read(
        _ task: String, as specification: TaskSpecification, _ reading: ForeignReading, partial: PartialEpisodes,
        onEpisode: (ForeignEpisode) throws -> Void
    ) throws {
        readings.append(reading)
        for (index, episode) in content[task]!.enumerated() {
            if task == broken, index == 1 { throw DataError(.foreign(fault: "it is broken", remedy: "mend it")) }
            var episode = episode
            episode.trajectory = Trajectory(
                task: specification.name, observations: episode.trajectory.observations,
                actions: episode.trajectory.actions, rewards: episode.trajectory.rewards,
                successes: episode.trajectory.successes, source: "file")
            try onEpisode(episode)
        }
    }
}
