import Foundation
import M3DTData
import Testing

@testable import M3DTTraining

@Suite struct ConflictPeakTests {
    private static func rule(window: Int, patience: Int) -> ConflictStop {
        var rule = ConflictStop()
        (rule.window, rule.patience) = (window, patience)
        return rule
    }

    /// The number of the measurement, from 1, after which the rule stops; nothing if it never does.
    private func end(of curve: [Double], _ rule: ConflictStop) -> (end: Int, peak: Int)? {
        var peak = ConflictPeak()
        for (index, conflict) in curve.enumerated() {
            peak.add(conflict, step: index + 1, rule: rule)
            if peak.hasPassed(rule) { return (index + 1, peak.step) }
        }
        return nil
    }

    @Test(
        arguments: [
            // Without averaging: the highest is the third, and two more are waited for.
            ([1, 2, 5, 4, 4.9, 9], 1, 2, 5, 3),
            // A higher one while waiting starts the waiting anew.
            ([1, 2, 5, 4, 6, 3, 2], 1, 2, 7, 5),
            // An equal one does not: the curve has stopped rising.
            ([1, 5, 5, 5, 9], 1, 2, 4, 2),
            // One outlier moves an average of three for three measurements.
            ([1, 1, 1, 7, 1, 1, 1, 1, 1], 3, 2, 6, 4),
            // Means of two: 1.5, 3, 4, 3.5, 3. An average is dated by its last measurement.
            ([1, 2, 4, 4, 3, 3], 2, 2, 6, 4),
            // Conflict may be negative all along.
            ([-0.2, -0.1, -0.05, -0.07, -0.06], 1, 2, 5, 3),
        ] as [([Double], Int, Int, Int, Int)])
    func theRuleStopsWhereTheHighestAverageIsOldEnough(
        curve: [Double], window: Int, patience: Int, end: Int, peak: Int
    ) throws {
        let found = try #require(self.end(of: curve, Self.rule(window: window, patience: patience)))
        #expect(found == (end, peak))
    }

    @Test func aRisingOrShortCurveNeverStops() {
        #expect(end(of: (0..<50).map(Double.init), Self.rule(window: 3, patience: 1)) == nil)
        #expect(end(of: [3, 2, 1], Self.rule(window: 3, patience: 1)) == nil, "one full window has no successor")
        #expect(end(of: [3, 2, 1, 0], Self.rule(window: 3, patience: 1))?.end == 4)
    }

    @Test func onlyAWindowIsKeptAndItIsTheSameAfterSaving() throws {
        let rule = Self.rule(window: 3, patience: 9)
        var (whole, saved) = (ConflictPeak(), ConflictPeak())
        for step in 0..<20 {
            let conflict = sin(Double(step))
            whole.add(conflict, step: step, rule: rule)
            saved.add(conflict, step: step, rule: rule)
            saved = try JSONDecoder().decode(ConflictPeak.self, from: JSONEncoder().encode(saved))
            #expect(saved == whole)
        }
        #expect(whole.recent.count == 3)
        #expect(whole.average == (sin(17.0) + sin(18.0) + sin(19.0)) / 3)
    }
}

/// The rule inside a training.
@Suite struct ConflictStopTests {
    private static let warmUp = 6

    private func options(_ change: (inout StageOptions) -> Void = { _ in }) -> StageOptions {
        .tiny(steps: 80) {
            var stop = ConflictStop()
            (stop.window, stop.patience) = (2, 2)
            ($0.warmUpSteps, $0.conflictEvery, $0.logEvery, $0.stop) = (Self.warmUp, 2, 7, stop)
            change(&$0)
        }
    }

    /// Where the rule must stop a training with these measurements, worked out the long way.
    private func expectedEnd(_ metrics: [StageMetrics]) throws -> (step: Int, peak: Int) {
        let curve = metrics.compactMap { metric in
            metric.values["conflict/mlp_cosine"].map { (step: metric.step, conflict: -$0) }
        }.filter { $0.step > Self.warmUp }
        let averages = zip(curve, curve.dropFirst()).map { (step: $1.step, mean: ($0.conflict + $1.conflict) / 2) }
        for (index, _) in averages.enumerated() where index >= 2 {
            let best = averages[...index].map(\.mean).max()
            let peak = try #require(averages.first { $0.mean == best })
            if averages[index].step - peak.step >= 4 { return (averages[index].step, peak.step) }
        }
        throw NoPeak()
    }

    private struct NoPeak: Error {}

    @Test func aStageStopsAtThePeakWithTheWeightsOfThatStep() throws {
        try withTemporaryFolder { folder in
            let source = try Sampler.tiny()
            func train(_ name: String, _ options: StageOptions, _ recorder: Recorder) throws -> any Trainable {
                try SampleStage.backbone.train(
                    in: folder.appendingPathComponent(name), options: options, source: source,
                    control: TrainingControl(observer: recorder))
            }
            let (free, ruled) = (Recorder(), Recorder())
            _ = try train("free", options { $0.stop = nil }, free)
            let expected = try expectedEnd(free.metrics)
            try #require(expected.step < 80, "the rule has nothing to decide here")
            let stopped = try train("ruled", options(), ruled)

            let stage = StageFolder(folder.appendingPathComponent("ruled"))
            #expect(try stage.readEnd() == StageEnd(step: expected.step, peakStep: expected.peak, isByRule: true))
            #expect(ruled.losses.count == expected.step)
            #expect(
                ruled.events.contains(.peaked(stage: "backbone", step: expected.step, peak: expected.peak)))
            #expect(ruled.metrics.last?.step == expected.step)
            #expect(ruled.metrics.last?.values["training/train_loss_mean"] != nil, "the last steps are not lost")
            let last = try #require(ruled.metrics.last { $0.values["conflict/average"] != nil })
            #expect(last.step == expected.step && last.values["conflict/peak_step"] == Double(expected.peak))
            #expect(
                ruled.metrics.filter { $0.step <= Self.warmUp + 2 }.allSatisfy { $0.values["conflict/average"] == nil })

            let shorter = try train("shorter", options { ($0.stop, $0.steps) = (nil, expected.step) }, Recorder())
            #expect(try stopped.savedParameters.bits() == shorter.savedParameters.bits())
            #expect(try StageFolder(folder.appendingPathComponent("shorter")).readEnd() == nil)
        }
    }

    @Test func aResumedStageStopsAtTheSameStepWithTheSameBits() throws {
        try withTemporaryFolder { folder in
            let source = try Sampler.tiny()
            let whole = StageFolder(folder.appendingPathComponent("whole"))
            let trained = try SampleStage.backbone.train(in: whole.url, options: options(), source: source)
            let end = try #require(try whole.readEnd())
            // Before there is a window, on a measurement, between two, and just before the end.
            for stop in [7, 10, 11, end.step - 1] {
                let halved = StageFolder(folder.appendingPathComponent("halved-\(stop)"))
                try SampleStage.backbone.train(
                    in: halved.url, options: options(), source: source, control: .stopping(after: stop))
                #expect(!halved.isFinished)
                let resumed = try SampleStage.backbone.train(in: halved.url, options: options(), source: source)
                #expect(try halved.readEnd() == end)
                #expect(try resumed.savedParameters.bits() == trained.savedParameters.bits())
            }
            // Finished, it is read.
            let recorder = Recorder()
            try SampleStage.backbone.train(
                in: whole.url, options: options(), source: source, control: TrainingControl(observer: recorder))
            #expect(recorder.losses.isEmpty)
        }
    }

    @Test func aStageThatNeverPeaksTakesAllItsSteps() throws {
        try withTemporaryFolder { folder in
            let options = options {
                $0.steps = 20
                $0.stop?.patience = 50
            }
            try SampleStage.backbone.train(in: folder, options: options, source: Sampler.tiny())
            let end = try #require(try StageFolder(folder).readEnd())
            #expect(end.step == 20 && !end.isByRule)
        }
    }

    @Test func measuringDecidesSoItMustStayTheSame() throws {
        try withTemporaryFolder { folder in
            let source = try Sampler.tiny()
            try SampleStage.backbone.train(
                in: folder, options: options(), source: source, control: .stopping(after: 3))
            for change in [
                { $0.conflictEvery = 4 }, { $0.conflictBatches = 2 }, { $0.stop?.window = 3 }, { $0.stop = nil },
            ]
                as [(inout StageOptions) -> Void]
            {
                #expect(throws: TrainingError.self) {
                    try SampleStage.backbone.train(in: folder, options: options(change), source: source)
                }
            }
        }
    }

    @Test func whatCannotStopAtAPeakIsRefused() throws {
        try withTemporaryFolder { folder in
            #expect(throws: TrainingError.self) { try options { $0.conflictEvery = 0 }.validate() }
            #expect(throws: TrainingError.self) { try options { $0.stop?.patience = 0 }.validate() }
            #expect(throws: TrainingError.self) { try options { $0.stop?.window = 0 }.validate() }
            // Routers have no feed-forward weights; one task has no pairs.
            for (stage, tasks) in [(SampleStage.router, [0, 1, 2]), (.backbone, [0])] {
                #expect(throws: TrainingError.self) {
                    try TrainingLoop(
                        stage.make(), source: Sampler.tiny(), tasks: tasks, options: options(), folder: folder)
                }
            }
        }
    }
}
