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

    @Test func recordedChecksumsStandForTheData() throws {
        try withTemporaryFolder { folder in
            let stored = WatchedSource(try .tiny(), recorded: "1234abcd")
            for step in 1...2 { try train(in: folder, on: stored, until: step) }
            #expect(stored.checksumsRead == 0)
            #expect(
                refusedField { try train(in: folder, on: WatchedSource(.tiny(), recorded: "1234abce"), until: 9) }
                    == "data")
        }
    }

    /// As earlier versions have done for data of a store too.
    @Test func aTrainingThatHasReadItsDataGoesOnWithTheSame() throws {
        try withTemporaryFolder { folder in
            let inMemory = WatchedSource(try .tiny())
            try train(in: folder, on: inMemory, until: 1)
            #expect(inMemory.checksumsRead == 3)
            let other = WatchedSource(try .tiny(slip: 1e-6), recorded: "1234abcd")
            #expect(refusedField { try train(in: folder, on: other, until: 9) } == "data")
            let stored = WatchedSource(try .tiny(), recorded: "1234abcd")
            try train(in: folder, on: stored, until: 2)
            #expect(stored.checksumsRead == 3)
        }
    }
}
