import Foundation
import M3DTModel
import M3DTStorage
import Testing

@Suite struct GoldenTests {
    @Test func everyTensorOfTheReferenceIsMatched() throws {
        let comparisons = try GoldenCheck.run(fixtures.appending(path: "reference-small"))
        for comparison in comparisons {
            #expect(
                comparison.holds,
                "\(comparison.name): \(comparison.largestDeviation), \(comparison.shareOfTolerance) of the tolerance")
        }
        // Outputs, loss, losses and norm of three models, gates of two blocks, outputs without a prompt, the weights, and
        // 44 + 8 + 20 gradients: none may go missing unnoticed.
        #expect(comparisons.count { $0.name.contains("/grad.") } == 44 + 8 + 20)
        #expect(comparisons.count { $0.name.contains("/out.") } == 3 * 6 + 2 + 3)
        #expect(comparisons.count { $0.name.hasPrefix("backbone_weights/") } == 47)
    }

    @Test func aChangedGoldenIsNoticed() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "goldens-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: fixtures.appending(path: "reference-small"), to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let target = folder.appending(path: "moe.safetensors")
        let file = try SafetensorsFile(contentsOf: target)
        let changed = try file.names.map { name in
            var values = try file.array(name, as: Float.self)
            if name == "out.gates.1" { values[7] += 1e-3 }
            return SafetensorsTensor(name: name, shape: file.entries[name]!.shape, values: values)
        }
        try SafetensorsWriter.write(to: target, tensors: changed)
        let failed = try GoldenCheck.run(folder).filter { !$0.holds }
        #expect(failed.map(\.name) == ["moe/out.gates.1"])
    }

    @Test func aFolderWithoutGoldensIsRefused() {
        #expect(throws: ModelError.self) { try GoldenCheck.run(fixtures) }
    }
}
