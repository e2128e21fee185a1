import Foundation
import M3DTData
import Testing

@testable import M3DTTraining

/// A training begins without reading the data that it will draw from.
@Suite struct UnreadDataTests {
    /// Trains on, and stops after a step.
    private func train(in folder: URL, on source: WatchedSource, until step: Int) throws {
        let control = TrainingControl.stopping(after: step)
        try SampleStage.backbone.train(in: folder, source: source, control: control)
    }

    /// The field that a training is refused for.
    private func refused(in folder: URL, on source: WatchedSource) -> String? {
        do {
            try train(in: folder, on: source, until: 9)
            return nil
        } catch TrainingError.otherConfiguration(_, let field, _, _) {
            return field
        } catch {
            return "\(error)"
        }
    }

    @Test func recordedChecksumsStandForTheData() throws {
        try withTemporaryFolder { folder in
            let stored = WatchedSource(try .tiny(), recorded: "1234abcd")
            for step in 1...2 { try train(in: folder, on: stored, until: step) }
            #expect(stored.checksumsRead == 0)
            #expect(refused(in: folder, on: WatchedSource(try .tiny(), recorded: "1234abce")) == "data")
        }
    }

    /// As earlier versions have done for data of a store too.
    @Test func aTrainingThatHasReadItsDataGoesOnWithTheSame() throws {
        try withTemporaryFolder { folder in
            let inMemory = WatchedSource(try .tiny())
            try train(in: folder, on: inMemory, until: 1)
            #expect(inMemory.checksumsRead == 3)
            let other = WatchedSource(try .tiny(slip: 1e-6), recorded: "1234abcd")
            #expect(refused(in: folder, on: other) == "data")
            let stored = WatchedSource(try .tiny(), recorded: "1234abcd")
            try train(in: folder, on: stored, until: 2)
            #expect(stored.checksumsRead == 3)
        }
    }
}
