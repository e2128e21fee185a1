import Foundation
import Testing

@testable import M3DTReports

@Suite struct TensorBoardTests {
    /// Source: RFC 3720, appendix B.4, and the usual check value.
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E),
            (Array((0..<32).reversed()), 0x113F_DB5C),
        ] as [([UInt8], UInt32)])
    func checksumsHaveTheirKnownValues(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
        #expect(EventFileReader.checksum(bytes) == expected)
    }

    @Test func theMaskIsRotationAndOffset() {
        // 0 rotated is 0, so only the offset is left.
        #expect(CRC32C.masked([]) == 0xA282_EAD8)
        // E3069283 rotated right by 15 is 2507C60D.
        #expect(CRC32C.masked(Array("123456789".utf8)) == 0x2507_C60D &+ 0xA282_EAD8)
    }

    @Test(
        arguments: [
            (Int64(0), [0x08, 0x00]), (1, [0x08, 0x01]), (150, [0x08, 0x96, 0x01]),
            (-1, [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        ] as [(Int64, [UInt8])])
    func varintsFollowProtobuf(value: Int64, expected: [UInt8]) {
        var message = ProtobufMessage()
        message.add(1, integer: value)
        #expect([UInt8](message.bytes) == expected)
    }

    private func files(_ folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    private func events(_ url: URL) throws -> [EventFileReader.Message] {
        try #require(EventFileReader.events(in: try Data(contentsOf: url)))
    }

    @Test func scalarsComeBack() throws {
        try withTemporaryFolder { folder in
            let writer = TensorBoardWriter(folder: folder) { 1_700_000_000.5 }
            try writer.record(
                MetricsRecord(stage: "backbone", step: 100, wallSeconds: 3, values: ["b": -2.5, "a": 0.125]))
            let all = try files(folder.appendingPathComponent("backbone"))
            #expect(all.map(\.lastPathComponent) == ["events.out.tfevents.1700000000.0000.m3dt"])
            let read = try events(all[0])
            #expect(read.count == 2)
            #expect(read[0].strings(3) == ["brain.Event:2"])
            #expect(read[1].double(1) == 1_700_000_000.5)
            #expect(read[1].integer(2) == 100)
            let values = read[1].message(5).messages(1)
            #expect(values.map { $0.strings(1)[0] } == ["a", "b"])
            #expect(values.map { $0.float(2) } == [0.125, -2.5])
        }
    }

    @Test func picturesAndTextsComeBack() throws {
        try withTemporaryFolder { folder in
            let writer = TensorBoardWriter(folder: folder)
            let picture = try SamplePicture.png(width: 5, height: 3)
            try writer.record(MetricsPicture(stage: "router", step: 7, name: "rollout", picture: picture))
            try writer.record(MetricsText(stage: "router", name: "configuration", text: "width: 256\nä"))
            let read = try events(files(folder.appendingPathComponent("router"))[0])
            let image = read[1].message(5).message(1).message(4)
            #expect([image.integer(1), image.integer(2), image.integer(3)] == [3, 5, 3])
            #expect(image.bytes(4) == [picture.bytes])
            let text = read[2].message(5).message(1)
            #expect(text.message(8).strings(8) == ["width: 256\nä"])
            #expect(text.message(8).integer(1) == 7)
            #expect(text.message(8).message(2).message(2).integer(1) == 1)
            #expect(text.message(9).message(1).strings(1) == ["text"])
        }
    }

    @Test func aResumedStageGoesOnInANewFileThatVoidsWhatFollows() throws {
        try withTemporaryFolder { folder in
            let record = MetricsRecord(stage: "backbone", step: 30, wallSeconds: 1, values: ["a": 1])
            let first = TensorBoardWriter(folder: folder) { 1_700_000_000 }
            try first.record(record)
            let stage = folder.appendingPathComponent("backbone")
            let before = try Data(contentsOf: files(stage)[0])
            // Even a clock that was set back gives a name that sorts last.
            let second = TensorBoardWriter(folder: folder) { 1_600_000_000 }
            try second.resume(stage: "backbone", after: 20)
            try second.record(record)
            let all = try files(stage)
            #expect(all.count == 2)
            #expect(try Data(contentsOf: all[0]) == before)
            let read = try events(all[1])
            #expect(read[1].message(7).integer(1) == 1)
            #expect(read[1].integer(2) == 21)
            #expect(read[2].integer(2) == 30)
        }
    }

    @Test func aNumberThatIsNotFiniteIsRefusedOrKept() throws {
        try withTemporaryFolder { folder in
            let record = MetricsRecord(stage: "s", step: 1, wallSeconds: 1, values: ["a": .nan])
            #expect(throws: ReportError.metricNotFinite(name: "a", stage: "s", step: 1)) {
                try TensorBoardWriter(folder: folder).record(record)
            }
            #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("s").path))
            try TensorBoardWriter(folder: folder, nonFinite: .keep).record(record)
            let read = try events(files(folder.appendingPathComponent("s"))[0])
            #expect(read[1].message(5).message(1).float(2)?.isNaN == true)
        }
    }

    @Test func aFlippedBitIsNoticedByTheChecksum() throws {
        var record = TensorBoardEvent.scalars(["a": 1]).framed(step: 1, unixSeconds: 2)
        #expect(EventFileReader.events(in: record)?.count == 1)
        for index in record.indices {
            record[index] ^= 0x10
            #expect(EventFileReader.events(in: record)?.count == nil)
            record[index] ^= 0x10
        }
    }
}
