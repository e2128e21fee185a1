import Foundation
import M3DTData
import M3DTModel
import Testing

@testable import M3DTTraining

@Suite struct ExpertTrainerTests {
    private static let grouping = Grouping(
        method: .random, experts: [["task-0"], ["task-1", "task-2"], ["task-2"]], seed: 0)

    private static func trainer(
        in folder: URL, grouping: Grouping = grouping, tasks: [Int] = [0, 1, 2], together: Int = 1,
        control: TrainingControl = .init()
    ) throws -> ExpertTrainer {
        ExpertTrainer(
            backbone: try PromptDT(.tiny, stream: .init(seed: 11)), grouping: grouping,
            source: try Sampler.tiny(tasks), options: .tiny(steps: 10) { $0.checkpointEvery = 3 },
            together: together, folder: folder, control: control)
    }

    @Test func anExpertDoesNotDependOnTheOthers() throws {
        try withTemporaryFolder { folder in
            let (experts, outcome) = try Self.trainer(in: folder.appendingPathComponent("all")).run()
            #expect(outcome == .finished)
            #expect(experts.count == 3)
            let alone = try Self.trainer(in: folder.appendingPathComponent("one")).train(1..<2).experts[0]
            #expect(try alone.namedParameters.bits() == experts[1].namedParameters.bits())
            // Other groups beside it, and the tasks of the data in another order:
            let others = Grouping(method: .random, experts: [["task-1"], ["task-1", "task-2"]], seed: 0)
            let elsewhere = try Self.trainer(
                in: folder.appendingPathComponent("two"), grouping: others, tasks: [3, 2, 1]
            )
            .train(1..<2).experts[0]
            #expect(try elsewhere.namedParameters.bits() == experts[1].namedParameters.bits())
            #expect(try experts[0].namedParameters.bits() != experts[1].namedParameters.bits())
        }
    }

    @Test func aStoppedRunGoesOnAndKeepsFinishedExperts() throws {
        try withTemporaryFolder { folder in
            let whole = try Self.trainer(in: folder.appendingPathComponent("whole")).run().experts
            let halved = folder.appendingPathComponent("halved")
            let stop = StopRequest()
            var steps = 0
            let recorder = Recorder { _ in
                steps += 1
                if steps == 15 { stop.request() }
            }
            let control = TrainingControl(observer: recorder, stop: stop)
            let (experts, outcome) = try Self.trainer(in: halved, control: control).run()
            #expect(experts.count == 1)
            let checkpoint = halved.appendingPathComponent("1/checkpoint.safetensors")
            #expect(outcome == .stopped(stage: "expert-1", step: 5, checkpoint: checkpoint))
            let heard = Recorder()
            let resumed = try Self.trainer(in: halved, control: TrainingControl(observer: heard)).run().experts
            #expect(heard.losses.count == 5 + 10)
            for (resumed, whole) in zip(resumed, whole) {
                #expect(try resumed.namedParameters.bits() == whole.namedParameters.bits())
            }
        }
    }

    @Test(arguments: [1, 2])
    func aKilledRunGoesOn(together: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appendingPathComponent("killed").path
            let killed = Int.random(in: 1..<(together == 1 ? 30 : 20))
            await #expect(processExitsWith: .signal(SIGKILL), "killed at step \(killed)") {
                [path = path as String, killed = killed as Int, together = together as Int] in
                var steps = 0
                let recorder = Recorder { _ in
                    steps += 1
                    if steps == killed { kill(getpid(), SIGKILL) }
                }
                let control = TrainingControl(observer: recorder)
                _ = try ExpertTrainerTests.trainer(
                    in: URL(fileURLWithPath: path), together: together, control: control
                ).run()
            }
            let resumed = try Self.trainer(in: URL(fileURLWithPath: path), together: together).run().experts
            let whole = try Self.trainer(in: folder.appendingPathComponent("whole"), together: together).run().experts
            #expect(resumed.count == 3)
            for (resumed, whole) in zip(resumed, whole) {
                #expect(try resumed.namedParameters.bits() == whole.namedParameters.bits())
            }
        }
    }

    @Test func anotherBackboneIsRefused() throws {
        try withTemporaryFolder { folder in
            _ = try Self.trainer(in: folder).train(0..<1)
            let other = ExpertTrainer(
                backbone: try PromptDT(.tiny, stream: .init(seed: 12)), grouping: Self.grouping,
                source: try Sampler.tiny(), options: .tiny(steps: 10), folder: folder)
            let error = #expect(throws: TrainingError.self) { try other.train(0..<1) }
            guard case .otherConfiguration(_, "frozenWeights", _, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
