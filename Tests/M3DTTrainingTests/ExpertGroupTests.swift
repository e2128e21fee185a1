import Foundation
import M3DTData
import M3DTModel
import M3DTRanks
import M3DTTensor
import Testing

@testable import M3DTTraining

/// Experts that are trained together, in one batched step.
///
/// One test after another, since all trainings of a process share the rehearsal device's random numbers.
@Suite(.serialized) struct ExpertGroupTests {
    private static let grouping = Grouping(
        method: .random, experts: [["task-0"], ["task-1", "task-2"], ["task-2"]], seed: 0)

    private func trainer(
        _ together: Int, in folder: URL, model: ModelConfiguration = .tiny, source: (any BatchSource)? = nil,
        options: StageOptions = .tiny(), expert: ExpertOptions = ExpertOptions(), first: Int = 0,
        on device: Device = .cpu, control: TrainingControl = .init()
    ) throws -> ExpertTrainer {
        let backbone = try PromptDT(model, stream: .init(seed: 11))
        try backbone.move(to: device)
        return ExpertTrainer(
            backbone: backbone, grouping: Self.grouping, source: try source ?? Sampler.tiny(), options: options,
            expert: expert, together: together, first: first, folder: folder, control: control)
    }

    /// What lies below a folder, by path.
    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
    }

    private static let finished = (0..<3).flatMap { number in
        ["", "/model.json", "/stage.json", "/weights.safetensors"].map { "\(number)\($0)" }
    }

    /// How far two tensors are apart, in parts of the way that the first has gone from where it began.
    private func distance(_ own: [Float], _ other: [Float], from start: [Float]) -> Double {
        func length(_ pairs: Zip2Sequence<[Float], [Float]>) -> Double {
            pairs.reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
        }
        return length(zip(own, other)) / length(zip(own, start))
    }

    @Test(arguments: [Device.cpu, .rehearsal], [TaskSchedule.Order.inTurn, .mixed])
    func withoutDropoutTheyAreTheExpertsThatAreTrainedAlone(device: Device, order: TaskSchedule.Order) throws {
        try withTemporaryFolder { folder in
            var model = ModelConfiguration.tiny
            model.dropout = 0
            let options = StageOptions.tiny(steps: 30) { $0.order = order }
            func train(_ together: Int) throws -> (experts: [Expert], metrics: [StageMetrics]) {
                let recorder = Recorder()
                let trainer = try trainer(
                    together, in: folder.appendingPathComponent("\(together)"), model: model, options: options,
                    on: device, control: TrainingControl(observer: recorder))
                return (try trainer.run().experts, recorder.metrics)
            }
            let (alone, together) = (try train(1), try train(3))
            #expect(together.experts.count == 3)
            for (number, (own, other)) in zip(together.experts, alone.experts).enumerated() {
                let fresh = try ExpertStage(
                    number, beside: PromptDT(model, stream: .init(seed: 11)), seed: options.seed
                ).expert
                let weights = zip(own.namedParameters, other.namedParameters)
                for (start, (own, other)) in zip(fresh.namedParameters, weights) {
                    #expect(own.name == other.name && own.parameter.value.device == device)
                    let distance = distance(
                        try other.parameter.value.floats(), try own.parameter.value.floats(),
                        from: try start.parameter.value.floats())
                    #expect(distance < 1e-3, "\(number) \(own.name)")
                }
            }
            let norms = alone.metrics.compactMap { $0.values["training/gradient_norm"] }
            let limit = options.optimizer.gradientNormLimit
            #expect(norms.contains { $0 > limit }, "no step is clipped")
            #expect(norms.contains { $0 < limit }, "every step is clipped")
            let order = together.metrics.sorted { ($0.stage, $0.step) < ($1.stage, $1.step) }
            #expect(order.map(\.stage) == alone.metrics.map(\.stage) && order.map(\.step) == alone.metrics.map(\.step))
            for (own, other) in zip(order, alone.metrics) {
                for name in ["training/train_loss_mean", "training/train_loss_std", "training/gradient_norm"] {
                    let (own, other) = (try #require(own.values[name]), try #require(other.values[name]))
                    #expect(abs(own / other - 1) < 1e-4, "\(name)")
                }
            }
        }
    }

    @Test func eachGetsTheBatchesThatItWouldGetAlone() throws {
        try withTemporaryFolder { folder in
            func drawn(_ together: Int) throws -> [[Int]] {
                let source = WatchedSource(try .tiny())
                _ = try trainer(together, in: folder.appendingPathComponent("\(together)"), source: source).run()
                return source.drawn.filter { $0.step >= 0 }.map { [$0.step] + $0.tasks }.sorted { $0[0] < $1[0] }
            }
            let alone = try drawn(1)
            #expect(alone.count == 60)
            #expect(try drawn(3) == alone)
            #expect(try drawn(2) == alone)
        }
        let batches = try (0..<3).map { try Sampler.tiny().batch(step: $0, task: $0) }
        let joined = Batch(joining: batches)
        for (number, batch) in batches.enumerated() { #expect(joined.rows(number * 8..<(number + 1) * 8) == batch) }
        #expect(joined.tasks(ofParts: 3) == [[0], [1], [2]])
    }

    @Test func aStoppedTrainingGoesOnAndEachExpertHasItsFolder() throws {
        try withTemporaryFolder { folder in
            let (whole, halved) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("halved"))
            let experts = try trainer(2, in: whole).run().experts
            let (none, outcome) = try trainer(2, in: halved, control: .stopping(after: 7)).run()
            let checkpoint = halved.appendingPathComponent("together-0-1/checkpoint.safetensors")
            #expect(none.isEmpty && outcome == .stopped(stage: "experts-0-1", step: 7, checkpoint: checkpoint))
            let recorder = Recorder()
            let resumed = try trainer(2, in: halved, control: TrainingControl(observer: recorder)).run().experts
            #expect(
                recorder.events.first
                    == .started(stage: "experts-0-1", step: 7, steps: 20, parts: ["expert-0", "expert-1"]))
            #expect(recorder.losses.count == 13 + 20)
            for (own, other) in zip(resumed, experts) {
                #expect(try own.namedParameters.bits() == other.namedParameters.bits())
            }
            #expect(try files(whole) == Self.finished && files(halved) == Self.finished)

            // As what was trained alone: read, and no more trained.
            let heard = Recorder()
            let read = try trainer(2, in: whole, control: TrainingControl(observer: heard)).run().experts
            #expect(heard.events.count == 3 && heard.losses.isEmpty)
            for (number, (own, other)) in zip(read, experts).enumerated() {
                #expect(try own.namedParameters.bits() == other.namedParameters.bits())
                let stage = try ExpertStage(number, beside: PromptDT(.tiny, stream: .init(seed: 11)), seed: 0)
                let place = StageFolder(whole.appendingPathComponent("\(number)"))
                try place.readWeights(into: stage.savedParameters)
                #expect(try stage.expert.namedParameters.bits() == other.namedParameters.bits())
                #expect(try place.readModel() == .tiny)
            }
        }
    }

    private struct Interruption: Error {}

    /// Throws where a stage has left its results.
    private final class Interrupter: TrainingObserver {
        func training(_ event: TrainingEvent) throws {
            if case .finished = event { throw Interruption() }
        }
    }

    @Test(arguments: 0...3)
    func whatWasInterruptedBeforeAllHadTheirFoldersIsCompleted(written: Int) throws {
        try withTemporaryFolder { folder in
            let (whole, other) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("other"))
            let experts = try trainer(3, in: whole).run().experts
            #expect(throws: Interruption.self) {
                try trainer(3, in: other, control: TrainingControl(observer: Interrupter())).run()
            }
            #expect(try files(other).first == "together-0-2")
            for number in 0..<written {
                try FileManager.default.copyItem(
                    at: whole.appendingPathComponent("\(number)"), to: other.appendingPathComponent("\(number)"))
            }
            let recorder = Recorder()
            let completed = try trainer(3, in: other, control: TrainingControl(observer: recorder)).run().experts
            #expect(recorder.losses.isEmpty && completed.count == 3)
            for (own, other) in zip(completed, experts) {
                #expect(try own.namedParameters.bits() == other.namedParameters.bits())
            }
            #expect(try files(other) == Self.finished)
        }
    }

    /// Experts together in a first training, the step it is stopped after, those in a second, and what that one is refused for.
    private static let others: [(Int, Int?, Int, String?)] = [
        (1, nil, 3, "settings.together"), (3, nil, 1, "settings.together"), (3, nil, 2, "settings.together"),
        (1, 5, 3, "settings.together"), (1, 25, 3, "settings.together"), (3, 5, 1, "experts.together"),
        (2, 5, 3, "experts.together"), (2, 5, 2, nil),
    ]

    @Test(arguments: others)
    func theyAreNotMixedWithWhatWasTrainedOtherwise(first: Int, stop: Int?, second: Int, field: String?) throws {
        try withTemporaryFolder { folder in
            // Each expert alone has 20 steps, so that the second is stopped after 25.
            var steps = 0
            let request = StopRequest()
            let counter = Recorder { _ in
                steps += 1
                if steps == stop { request.request() }
            }
            _ = try trainer(first, in: folder, control: TrainingControl(observer: counter, stop: request)).run()
            #expect(refusedField { _ = try trainer(second, in: folder).run() } == field)
        }
    }

    @Test func theLastGroupHasWhatIsLeftAndOneAloneIsTrainedAsEver() throws {
        try withTemporaryFolder { folder in
            let (pairs, alone) = (folder.appendingPathComponent("2"), folder.appendingPathComponent("1"))
            #expect(try trainer(2, in: pairs).groups == [0..<2, 2..<3])
            #expect(try trainer(2, in: pairs, first: 1).groups == [1..<3])
            #expect(try trainer(1, in: pairs).groups == [0..<1, 1..<2, 2..<3])
            let own = try trainer(2, in: pairs).train(2..<3).experts[0]
            let other = try trainer(1, in: alone).train(2..<3).experts[0]
            #expect(try own.namedParameters.bits() == other.namedParameters.bits())
        }
        #expect(ExpertGroupStage.numbers(named: ExpertGroupStage.name(4..<12)) == 4..<12)
        for name in ["expert-3", "experts-3", "experts-5-4", "experts-a-b", "router", "experts-0-1-2"] {
            #expect(ExpertGroupStage.numbers(named: name) == nil)
        }
    }

    private func refusedOption(_ trainer: @autoclosure () throws -> ExpertTrainer) -> String {
        do {
            _ = try trainer().run()
            return "nothing"
        } catch TrainingError.option(let name, let value, _) {
            return "\(name) \(value)"
        } catch {
            return "\(error)"
        }
    }

    @Test func whatCannotBeTrainedTogetherIsRefused() throws {
        try withTemporaryFolder { folder in
            #expect(refusedOption(try trainer(0, in: folder)) == "experts.together 0")
            #expect(refusedOption(try trainer(4, in: folder)) == "experts.together 4")
            var attention = ExpertOptions()
            attention.form = .attention
            #expect(refusedOption(try trainer(2, in: folder, expert: attention)) == "experts.together 2")
            #expect(throws: ModelError.self) {
                let backbone = try PromptDT(.tiny, stream: .init(seed: 1))
                _ = try ExpertGroupStage(0..<2, beside: backbone, options: attention, seed: 0)
            }
            let measuring = StageOptions.tiny { $0.conflictEvery = 5 }
            #expect(refusedOption(try trainer(2, in: folder, options: measuring)) == "conflictEvery 5")
            let recording = StageOptions.tiny { $0.recordTaskGradientNorms = true }
            #expect(refusedOption(try trainer(2, in: folder, options: recording)) == "recordTaskGradientNorms true")
            let refused = try ThreadRanks.run(2) { ranks in
                refusedOption(try trainer(2, in: folder, control: TrainingControl(ranks: ranks)))
            }
            #expect(refused == ["experts.together 2", "experts.together 2"])
            #expect(try files(folder).isEmpty)
        }
    }

    @Test(arguments: [PoisonedStage.Poison.loss, .gradient], [Device.cpu, .rehearsal])
    func aNumberThatIsNotFiniteIsFoundWithItsExpert(poison: PoisonedStage.Poison, device: Device) throws {
        try withTemporaryFolder { folder in
            let stage = try PoisonedGroup(poison, atStep: 3, on: device)
            let loop = try TrainingLoop(
                stage, source: Sampler.tiny(), tasksOfParts: [[0], [1, 2], [2]], options: .tiny(), folder: folder,
                control: TrainingControl())
            #expect(throws: poison.error(stage: "expert-1", step: 3, tasks: ["task-2"])) { try loop.run() }
            #expect(
                try stage.trainableParameters.allSatisfy { try $0.parameter.value.floats().allSatisfy(\.isFinite) })
        }
    }
}
