import Foundation
import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTModel

/// The transformers package itself, in both directions. It is installed by `Scripts/setup_worker.sh torch transformers`; in CI it is.
@Suite(.enabled(if: TransformersPackage.isInstalled, "run Scripts/setup_worker.sh torch transformers"))
struct TransformersPackageTests {
    private static func folder() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "transformers-\(UUID().uuidString)")
    }

    @Test(arguments: [11, 12])
    func aModelThatItMakesComputesTheSameHere(seed: Int) throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try TransformersPackage.run(["make", folder.path, "\(seed)"])
        for comparison in try HuggingFaceForward.compare(HuggingFaceCheckpoint.read(folder), in: folder) {
            #expect(comparison.holds, "\(comparison.name): \(comparison.largestDeviation)")
        }
    }

    @Test(arguments: [(1, 2, 1), (3, 4, 20)])
    func aModelFromHereComputesTheSameThere(layers: Int, heads: Int, contextSteps: Int) throws {
        let folder = Self.folder()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = ModelConfiguration(
            stateWidth: 6, actionWidth: 2, width: 8 * heads, layers: layers, heads: heads,
            contextSteps: contextSteps, promptSteps: 0, episodeSteps: 25)
        let model = try PromptDT(configuration, stream: RandomStream(seed: 4))
        var random = RandomStream(seed: 5)
        for named in model.namedParameters {
            let value = named.parameter.value
            try named.parameter.assign(value + .normal(value.shape, deviation: 0.15, stream: &random))
        }
        try HuggingFaceCheckpoint.write(model, to: folder)
        try TransformersPackage.run(["run", folder.path])
        for comparison in try HuggingFaceForward.compare(model, in: folder) {
            #expect(comparison.holds, "\(comparison.name): \(comparison.largestDeviation)")
        }
    }
}

/// The packages and the script that uses them.
private enum TransformersPackage {
    private static let root = fixtures.deletingLastPathComponent().deletingLastPathComponent()
    private static let groups = ["transformers", "torch"].map { root.appending(path: ".worker/\($0)") }

    static var isInstalled: Bool {
        groups.allSatisfy { FileManager.default.fileExists(atPath: $0.appending(path: "stamp").path) }
    }

    /// Runs the script to its end; what it prints is shown where it fails.
    static func run(_ arguments: [String]) throws {
        let interpreter = try String(contentsOf: groups[1].appending(path: "interpreter"), encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: interpreter.trimmingCharacters(in: .whitespacesAndNewlines))
        process.arguments = ["-B", "-S", fixtures.appending(path: "huggingface/forward.py").path] + arguments
        process.environment = ["PYTHONPATH": groups.map(\.path).joined(separator: ":")]
        let output = FileManager.default.temporaryDirectory.appending(path: "forward-\(UUID().uuidString)")
        try Data().write(to: output)
        defer { try? FileManager.default.removeItem(at: output) }
        let handle = try FileHandle(forWritingTo: output)
        (process.standardOutput, process.standardError) = (handle, handle)
        try process.run()
        process.waitUntilExit()
        let text = try String(contentsOf: output, encoding: .utf8)
        try #require(process.terminationStatus == 0, "\(text.suffix(2000))")
    }
}
