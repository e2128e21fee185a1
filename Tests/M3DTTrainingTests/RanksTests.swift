import Foundation
import M3DTData
import M3DTModel
import M3DTRanks
import M3DTTensor
import Testing

@testable import M3DTTraining

/// Ranks train what one process trains; here they are threads.
@Suite struct RanksTests {
    /// The gradients of one batch by the names of the weights, and its loss.
    private struct Measured: Sendable {
        var gradients: [String: [Float]] = [:]
        var loss = 0.0
    }

    private func measure(
        _ sample: SampleStage, tasks: [Int], precision: Precision, ranks: any RankGroup
    ) throws -> Measured {
        let stage = try sample.make()
        let parameters = try FlatParameters(stage.trainableParameters)
        let options = StageOptions.tiny { ($0.precision, $0.dropoutInFrozenParts) = (precision, true) }
        let pass = StagePass(step: 3, options: options, stream: stage.stream(seed: 1), part: ranks.part)
        let batch = try sample.source().batch(step: 5, tasks: tasks)
        var measured = Measured()
        measured.loss = try stage.withWeights(of: Set(tasks), in: parameters) {
            try BatchGradient(stage, parameters, ranks).compute(batch, pass)[0]
        }
        let flat = try parameters.gradients.floats()
        for (named, range) in zip(parameters.parameters, parameters.ranges) {
            measured.gradients[named.name] = Array(flat[range])
        }
        return measured
    }

    private static let shared = SampleStage.allCases.filter { ![.jointTopK, .jointSoft, .expertGroup].contains($0) }
        .filter { !$0.rawValue.hasSuffix("opKRouter") }

    /// A number of a gradient is a sum over the tokens of 8 rows; one unit of rounding for each, where they are added in another
    /// order.
    private static let rounding =
        Float(8 * 3 * (ModelConfiguration.tiny.contextSteps + ModelConfiguration.tiny.promptSteps)) * Float.ulpOfOne / 2

    @Test(arguments: shared, [2, 4])
    func gradientsAreThoseOfOneProcess(stage: SampleStage, count: Int) throws {
        // HarmoDT has all rows of a step from one task.
        let tasks = stage == .harmony ? Array(repeating: 1, count: 8) : [0, 1, 2, 2, 1, 1, 0, 2]
        let whole = try measure(stage, tasks: tasks, precision: .float32, ranks: OneProcess())
        let all = try ThreadRanks.run(count) { try measure(stage, tasks: tasks, precision: .float32, ranks: $0) }
        for own in all {
            #expect(own.gradients == all[0].gradients, "all ranks have the same bits")
            #expect(abs(own.loss - whole.loss) < 1e-6 * whole.loss)
            for (name, gradient) in whole.gradients {
                #expect(Self.distance(own.gradients[name]!, gradient, whole) < Self.rounding, "\(name)")
            }
            #expect(Self.totalDistance(own, whole) < 1e-6)
        }
    }

    @Test(arguments: SampleStage.m3dt)
    func gradientsInBfloat16DifferByItsRounding(stage: SampleStage) throws {
        let tasks = Array(repeating: 2, count: 8)
        let whole = try measure(stage, tasks: tasks, precision: .bfloat16, ranks: OneProcess())
        let all = try ThreadRanks.run(2) { try measure(stage, tasks: tasks, precision: .bfloat16, ranks: $0) }
        for (name, gradient) in whole.gradients {
            #expect(Self.distance(all[0].gradients[name]!, gradient, whole) < 0.02, "\(name)")
        }
    }

    /// The largest difference, in parts of the largest number of the gradient, or of a thousandth of the largest of all.
    private static func distance(_ own: [Float], _ other: [Float], _ whole: Measured) -> Float {
        func largest(_ numbers: [Float]) -> Float { numbers.reduce(0) { max($0, abs($1)) } }
        let all = whole.gradients.values.map(largest).max()!
        return largest(zip(own, other).map { $0 - $1 }) / max(largest(other), all / 1000)
    }

    /// The length of the difference of two gradients, in parts of the second's.
    private static func totalDistance(_ own: Measured, _ whole: Measured) -> Double {
        func length(_ numbers: [Float]) -> Double { numbers.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
        let names = whole.gradients.keys.sorted()
        let (left, right) = (names.flatMap { own.gradients[$0]! }, names.flatMap { whole.gradients[$0]! })
        return length(zip(left, right).map { $0 - $1 }) / length(right)
    }

    @Test(arguments: SampleStage.m3dt + [.harmony], [TaskSchedule.Order.inTurn, .mixed])
    func trainingEndsWhereOneProcessDoes(stage: SampleStage, order: TaskSchedule.Order) throws {
        if stage == .harmony, order == .mixed { return }
        try withTemporaryFolder { folder in
            let options = StageOptions.tiny { ($0.order, $0.conflictEvery) = (order, 4) }
            let heard = Recorder()
            let one = folder.appendingPathComponent("one")
            let whole = try stage.train(
                in: one, options: options, source: stage.source(), control: TrainingControl(observer: heard))
            let shared = folder.appendingPathComponent("shared")
            let all = try ThreadRanks.run(2) { ranks in
                let recorder = Recorder()
                let control = TrainingControl(observer: ranks.isFirst ? recorder : nil, ranks: ranks)
                let trained = try stage.train(in: shared, options: options, source: stage.source(), control: control)
                return (bits: try trained.savedParameters.bits(), losses: recorder.losses)
            }
            #expect(all[0].bits == all[1].bits)
            #expect(all[0].bits != (try whole.savedParameters.bits()), "rounding differs, or nothing was shared")
            #expect(all[0].losses.count == 20 && all[1].losses.isEmpty)
            for (own, other) in zip(all[0].losses, heard.losses) { #expect(abs(own - other) < 1e-4 * other) }
            #expect(try Set(files(shared)) == Set(files(one)))
        }
    }

    @Test(arguments: [1, 4])
    func aStoppedTrainingGoesOnWithAnotherNumberOfRanks(later: Int) throws {
        try withTemporaryFolder { folder in
            let options = StageOptions.tiny { $0.checkpointEvery = 4 }
            let whole = try SampleStage.router.train(
                in: folder.appendingPathComponent("whole"), options: options, source: Sampler.tiny())
            let shared = folder.appendingPathComponent("shared")
            // Any rank may be asked to stop.
            let outcomes = try ThreadRanks.run(2) { ranks in
                var control = TrainingControl(ranks: ranks)
                if !ranks.isFirst {
                    control.observer = Recorder(stop: (control.stop, 7))
                }
                return try TrainingLoop(
                    SampleStage.router.make(), source: Sampler.tiny(), options: options, folder: shared,
                    control: control
                ).run()
            }
            let checkpoint = StageFolder(shared).checkpointFile
            #expect(outcomes == Array(repeating: .stopped(stage: "router", step: 7, checkpoint: checkpoint), count: 2))
            let all = try ThreadRanks.run(later) { ranks in
                let trained = try SampleStage.router.train(
                    in: shared, options: options, source: Sampler.tiny(), control: TrainingControl(ranks: ranks))
                return try trained.savedParameters.map { try $0.parameter.value.floats() }
            }
            for (named, own) in zip(whole.savedParameters, all[0]) {
                let other = try named.parameter.value.floats()
                let largest = zip(own, other).reduce(0) { max($0, abs($1.0 - $1.1)) }
                #expect(largest < 1e-3, "\(named.name)")
            }
        }
    }

    @Test func aRankThatFailsEndsTheRunAndItsCheckpointStays() throws {
        try withTemporaryFolder { folder in
            let options = StageOptions.tiny { $0.checkpointEvery = 4 }
            #expect(throws: CancellationError.self) {
                _ = try ThreadRanks.run(2) { ranks in
                    let observer = Recorder { if !ranks.isFirst, $0 == 10 { throw CancellationError() } }
                    let control = TrainingControl(observer: observer, ranks: ranks)
                    try SampleStage.expert.train(in: folder, options: options, source: Sampler.tiny(), control: control)
                    return 0
                }
            }
            let recorder = Recorder()
            try SampleStage.expert.train(
                in: folder, options: options, source: Sampler.tiny(), control: TrainingControl(observer: recorder))
            #expect(recorder.events.first == .started(stage: "expert-1", step: 8, steps: 20))
        }
    }

    @Test func ranksThatDoNotBeginAlikeSaySo() throws {
        try withTemporaryFolder { folder in
            #expect(throws: RankError.apart(what: "backbone after step 0")) {
                _ = try ThreadRanks.run(2) { ranks in
                    try SampleStage.backbone.train(
                        in: folder, source: Sampler.tiny(slip: ranks.isFirst ? 0 : 1),
                        control: TrainingControl(ranks: ranks))
                    return 0
                }
            }
        }
    }

    @Test func whatRanksCannotShareIsRefused() throws {
        func loop(_ stage: SampleStage, _ count: Int) throws {
            try withTemporaryFolder { folder in
                _ = try ThreadRanks.run(count) { ranks in
                    _ = try TrainingLoop(
                        stage.make(), source: stage.source(), options: .tiny(), folder: folder,
                        control: TrainingControl(ranks: ranks))
                    return 0
                }
            }
        }
        #expect(throws: TrainingError.unevenRows(rows: 8, ranks: 3)) { try loop(.backbone, 3) }
        for stage in [SampleStage.jointTopK, .jointSoft] {
            #expect(throws: TrainingError.boundRows(stage: "joint", ranks: 2)) { try loop(stage, 2) }
        }
    }

    @Test(arguments: [nil, 64])
    func agreementIsThatOfOneProcess(sketch: Int?) throws {
        @Sendable func products(_ ranks: any RankGroup) throws -> GramMatrix {
            var options = AgreementOptions()
            (options.batches, options.precision, options.sketch) = (2, .float32, sketch)
            let stage = try #require(SampleStage.backbone.make() as? BackboneStage)
            return try GradientAgreement.products(
                of: stage.backbone, source: Sampler.tiny(), options: options, ranks: ranks)
        }
        let whole = try products(OneProcess())
        let all = try ThreadRanks.run(2) { try products($0) }
        #expect(all[0] == all[1])
        for row in 0..<3 {
            for column in 0..<3 {
                let scale = (whole[row, row] * whole[column, column]).squareRoot()
                #expect(abs(all[0][row, column] - whole[row, column]) < 1e-5 * scale)
            }
        }
    }

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
    }
}
