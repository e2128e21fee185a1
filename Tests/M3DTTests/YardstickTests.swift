import Foundation
import M3DTModel
import M3DTTensor
import Testing

@testable import M3DT

private let sourceFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// PyTorch itself, installed by `Scripts/setup_worker.sh torch`; in CI it is.
@Suite(.enabled(if: PyTorchYardstick.isInstalled(in: sourceFolder), "run Scripts/setup_worker.sh torch"))
struct YardstickTests {
    private static let small = ModelConfiguration(
        stateWidth: 4, actionWidth: 2, width: 8, layers: 2, heads: 2, contextSteps: 3, promptSteps: 2,
        episodeSteps: 200, dropout: 0)

    /// All cases one after another, in both precisions, by one process.
    @Test func everyCaseIsTimed() throws {
        let yardstick = try PyTorchYardstick(root: sourceFolder)
        for standard in BenchmarkCase.standard {
            let work = BenchmarkCase(
                standard.name, standard.work, experts: min(standard.experts, 2), rows: 2, repetitions: 1)
            for precision in Precision.allCases {
                let times = try yardstick.measure(work, Self.small, precision: precision)
                #expect((1...50).contains(times.count) && times.allSatisfy { $0 > 0 }, "\(work.name)")
            }
        }
        #expect(yardstick.version.hasPrefix("2.") && yardstick.memory ?? 0 > 50)
    }

    @Test func bothSidesTakeTurns() throws {
        var benchmark = Benchmark(against: try PyTorchYardstick(root: sourceFolder))
        (benchmark.model, benchmark.tasks) = (Self.small, 2)
        let result = try benchmark.measure(BenchmarkCase("", .backbone, rows: 2, repetitions: 2), precision: .bfloat16)
        #expect(result.ours.count == 3 && result.theirs.mapValues(\.count) == [.float32: 3, .bfloat16: 3])
        #expect(try #require(result.ratio(to: .float32)).median > 0 && result.pytorch?.hasPrefix("2.") == true)
        #expect(result.theirMemory ?? 0 > 50)
    }

    @Test func whereThereIsNoneTheErrorSaysHowToGetIt() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("none-\(UUID().uuidString)")
        #expect(throws: BenchmarkError.noYardstick(path: folder.path + "/Benchmarks/pytorch/yardstick.py")) {
            try PyTorchYardstick(root: folder)
        }
    }
}
