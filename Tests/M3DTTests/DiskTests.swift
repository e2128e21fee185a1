import Foundation
import M3DT
import Testing

/// Whole commands on a disk that is full, and on one that may only be read.
@Suite(.serialized) struct DiskTests {
    private static let recipe = """
        name: tiny
        model: {width: 16, layers: 2, heads: 2, contextSteps: 4, promptSteps: 2, stateWidth: 27, episodeSteps: 200}
        data: {rows: 4}
        backbone: {steps: 40, warmUpSteps: 5, checkpointEvery: 5, logEvery: 1, conflictEvery: 20}
        grouping: {experts: 2, batches: 1}
        experts: {steps: 10, warmUpSteps: 5, checkpointEvery: 5}
        router: {steps: 10, warmUpSteps: 5, checkpointEvery: 5}
        evaluation: {episodes: 1, seeds: [0]}
        """

    /// The commands from data to report, in order; what they write is `data` and `run`.
    private static let commands = [
        ["data", "collect", "--quiet", "--tasks", "ant-dir-00", "cheetah-vel-30", "--episodes", "6", "--data", "data"],
        ["train", "--quiet", "--recipe", "../recipe.yaml", "--data", "data", "--run", "run"],
        ["evaluate", "--quiet", "--run", "run"],
        ["report", "--run", "run"],
    ]

    /// Starts with a disk that is too small even for the data, and makes it larger each time a command stops.
    @Test func everyCommandSurvivesAFullDiskAndGoesOn() throws {
        let folder = try TemporaryFolder()
        guard let disk = try SmallDisk(in: folder, kibibytes: 64) else { return Self.warnOfMount() }
        try Self.recipe.write(toFile: folder.path("recipe.yaml"), atomically: true, encoding: .utf8)
        var kibibytes = 64
        var stops: [String: Int] = [:]
        for command in Self.commands {
            while true {
                let result = try Program.run(command, in: disk.url)
                if result.code == 0 { break }
                #expect(result.code == 74, "\(command[0]) ended with \(result.code): \(result.errors)")
                #expect(result.errors.contains("is full"), "\(result.errors)")
                try #require(kibibytes < 100_000, "\(command[0]) does not come to an end")
                stops[command[0], default: 0] += 1
                #expect(try disk.partialFiles().isEmpty)
                kibibytes += 96
                try #require(try disk.resize(kibibytes: kibibytes))
            }
        }
        #expect(Set(stops.keys).isSuperset(of: ["data", "train"]), "\(stops)")
        let verified = try Program.run(["data", "verify", "--data", "data"], in: disk.url)
        #expect(verified.code == 0, "\(verified.errors)")

        // The same run on a disk with room enough has the same weights, bit for bit.
        for command in Self.commands.prefix(2) {
            let arguments = command.map { $0 == "../recipe.yaml" ? "recipe.yaml" : $0 }
            #expect(try Program.run(arguments, in: folder.url).code == 0)
        }
        for part in ["data/ant-dir-00.safetensors", "run/policy/weights.safetensors"] {
            let bytes = try Data(contentsOf: disk.url.appendingPathComponent(part))
            #expect(try Data(contentsOf: folder.url.appendingPathComponent(part)) == bytes, "\(part)")
        }

        // With the last byte gone, results are refused and those of before stay.
        try disk.fill()
        let report = disk.url.appendingPathComponent("run/report.html")
        let before = try Data(contentsOf: report)
        for command in Self.commands.suffix(2) + [["rollout", "--run", "run", "--task", "ant-dir-00"]] {
            let result = try Program.run(command, in: disk.url)
            #expect(result.code == 74, "\(command[0]) ended with \(result.code): \(result.errors)")
        }
        #expect(try Data(contentsOf: report) == before)
        #expect(try disk.partialFiles().isEmpty)
    }

    @Test func everyCommandSaysThatADiskIsReadOnly() throws {
        let folder = try TemporaryFolder()
        guard let disk = try SmallDisk(in: folder, kibibytes: 16384) else { return Self.warnOfMount() }
        try Self.recipe.write(toFile: folder.path("recipe.yaml"), atomically: true, encoding: .utf8)
        for command in Self.commands { #expect(try Program.run(command, in: disk.url).code == 0) }
        try #require(try disk.makeReadOnly())
        let others = [
            ["data", "collect", "--quiet", "--tasks", "ant-dir-01", "--episodes", "6", "--data", "other"],
            ["train", "--quiet", "--recipe", "../recipe.yaml", "--data", "data", "--run", "other"],
        ]
        for command in others + Self.commands.suffix(2) {
            let result = try Program.run(command, in: disk.url)
            #expect(result.code == 73, "\(command[0]) ended with \(result.code): \(result.errors)")
            #expect(result.errors.contains("read-only"), "\(result.errors)")
        }
    }

    private static func warnOfMount() {
        Issue.record("no right to mount a small file system: nothing was tried", severity: .warning)
    }
}
