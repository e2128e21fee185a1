import Foundation
import Testing

@testable import M3DTReports

@Suite struct MetricsLogTests {
    private func record(_ step: Int, stage: String = "backbone", loss: Double = 0.5) -> MetricsRecord {
        MetricsRecord(
            stage: stage, step: step, wallSeconds: 1.5, values: ["training/train_loss_mean": loss, "a": 1])
    }

    @Test func aLineHasSortedKeys() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("run/metrics.jsonl")
            try MetricsLog(at: url).record(record(7, loss: 0.25))
            #expect(
                try text(of: url)
                    == #"{"stage":"backbone","step":7,"values":{"a":1,"training/train_loss_mean":0.25},"wall_seconds":1.5}"#
                    + "\n")
        }
    }

    @Test func numbersComeBackBitForBit() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.jsonl")
            let log = try MetricsLog(at: url)
            let values: [Double] = [0.1, 1 / 3, .leastNonzeroMagnitude, 1.797e308, -0.0, 1e-7, 123_456_789.123]
            for (step, value) in values.enumerated() { try log.record(record(step, loss: value)) }
            #expect(try MetricsLog.read(url).map { $0.values["training/train_loss_mean"] } == values)
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aNumberThatIsNotFiniteIsRefused(value: Double) throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.jsonl")
            let log = try MetricsLog(at: url)
            try log.record(record(1))
            #expect(throws: ReportError.metricNotFinite(name: "training/train_loss_mean", stage: "backbone", step: 2)) {
                try log.record(record(2, loss: value))
            }
            #expect(try MetricsLog.read(url) == [record(1)])
        }
    }

    @Test func onRequestANumberThatIsNotFiniteIsKeptAsMissing() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.jsonl")
            try MetricsLog(at: url, nonFinite: .keep).record(record(1, loss: .nan))
            #expect(try text(of: url).contains(#""training/train_loss_mean":null"#))
            #expect(try MetricsLog.read(url)[0].values["training/train_loss_mean"]?.isNaN == true)
        }
    }

    @Test func everyPrefixOfTheFileOpensAgainWithItsWholeLines() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.jsonl")
            let log = try MetricsLog(at: url)
            for step in 1...3 { try log.record(record(step)) }
            let whole = try Data(contentsOf: url)
            for length in 0...whole.count {
                try whole.prefix(length).write(to: url)
                let lines = whole.prefix(length).count { $0 == UInt8(ascii: "\n") }
                #expect(try MetricsLog.read(url).map(\.step) == Array([1, 2, 3].prefix(lines)))
                try MetricsLog(at: url).record(record(9))
                #expect(try MetricsLog.read(url).map(\.step) == Array([1, 2, 3].prefix(lines)) + [9])
            }
        }
    }

    @Test func aLastLineOfZerosIsRemoved() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.jsonl")
            try MetricsLog(at: url).record(record(1))
            try (Data(contentsOf: url) + Data(repeating: 0, count: 9) + Data("\n".utf8)).write(to: url)
            try MetricsLog(at: url).record(record(2))
            #expect(try MetricsLog.read(url).map(\.step) == [1, 2])
        }
    }

    @Test func damageInTheMiddleIsAnError() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.jsonl")
            let log = try MetricsLog(at: url)
            try log.record(record(1))
            try (Data(contentsOf: url) + Data("{}\n".utf8)).write(to: url)
            let second = try Data(contentsOf: url)
            try (second + second.prefix { $0 != UInt8(ascii: "\n") } + Data("\n".utf8)).write(to: url)
            let error = #expect(throws: ReportError.self) { try MetricsLog(at: url) }
            #expect(error?.description.contains("metrics.jsonl, line 2") == true)
        }
    }

    @Test func resumingRemovesOnlyLaterLinesOfTheStage() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("metrics.jsonl")
            let log = try MetricsLog(at: url)
            for step in [10, 20, 30] {
                try log.record(record(step, stage: "expert-1"))
                try log.record(record(step, stage: "expert-2"))
            }
            try log.resume(stage: "expert-1", after: 10)
            try log.record(record(11, stage: "expert-1"))
            let left = try MetricsLog.read(url).map { "\($0.stage) \($0.step)" }
            #expect(left == ["expert-1 10", "expert-2 10", "expert-2 20", "expert-2 30", "expert-1 11"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["metrics.jsonl"])
        }
    }

    @Test func manyThreadsWriteWholeLines() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("m3dt-reports-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let log = try MetricsLog(at: folder.appendingPathComponent("metrics.jsonl"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for stage in 0..<8 {
                group.addTask { for step in 0..<50 { try log.record(record(step, stage: "expert-\(stage)")) } }
            }
            try await group.waitForAll()
        }
        let records = try MetricsLog.read(log.url)
        #expect(records.count == 400)
        #expect(records.filter { $0.stage == "expert-5" }.map(\.step) == Array(0..<50))
    }

    @Test func aFullDiskLeavesTheLogAsItWas() throws {
        let full = URL(fileURLWithPath: "/dev/full")
        guard FileManager.default.fileExists(atPath: full.path) else { return }
        var file = try AppendFile(at: full)
        let error = #expect(throws: ReportError.self) { try file.append(Data("x".utf8)) }
        #expect(error?.description.contains("/dev/full: cannot write: No space left") == true)
        #expect(file.length == 0)
    }

    @Test func aFolderInTheWayIsNamed() throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: ReportError.self) { try MetricsLog(at: folder) }
            #expect(error?.description.contains(folder.lastPathComponent) == true)
        }
    }

    @Test func theFanOutReachesEverySinkAndMemoryForgetsOnResume() throws {
        let sinks = [MetricsMemory(), MetricsMemory()]
        let all = MetricsFanOut(sinks)
        for step in 1...3 { try all.record(record(step)) }
        try all.record(MetricsText(stage: "backbone", name: "c", text: "t"))
        try all.record(
            MetricsPicture(stage: "backbone", step: 3, name: "p", picture: try SamplePicture.png(width: 2, height: 2)))
        try all.resume(stage: "backbone", after: 2)
        for sink in sinks {
            #expect(sink.records.map(\.step) == [1, 2])
            #expect(sink.pictures.isEmpty)
            #expect(sink.texts.count == 1)
        }
        #expect(throws: ReportError.self) { try all.record(record(4, loss: .nan)) }
        #expect(sinks[1].records.count == 2)
    }
}
