import M3DTModel
import M3DTTasks
import M3DTTensor
import Testing

@testable import M3DTEvaluation

@Suite struct GateRecorderTests {
    @Test func meansAreOfTheLastTokens() throws {
        let recorder = GateRecorder()
        // Two rows, two tokens, two experts.
        try recorder.note(
            block: 0, gates: .of([9, 9, 0.25, 0.75, 9, 9, 1, 0] as [Float], shape: [2, 2, 2]), tasks: ["a", "b"])
        try recorder.note(block: 0, gates: .of([0.75, 0.25] as [Float], shape: [1, 1, 2]), tasks: ["a"])
        try recorder.note(block: 1, gates: .of([0, 1] as [Float], shape: [1, 1, 2]), tasks: ["a"])
        let means = recorder.means(tasks: ["b", "a", "never"])
        #expect(means.map(\.task) == ["b", "b", "a", "a", "a", "a"])
        #expect(means.map(\.block) == [0, 0, 0, 0, 1, 1])
        #expect(means.map(\.expert) == [0, 1, 0, 1, 0, 1])
        #expect(means.map(\.gate) == [1, 0, 0.5, 0.5, 0, 1])
    }

    @Test func anEvaluationNotesEveryTaskBlockAndExpert() throws {
        let policy = try PolicySamples.policy(experts: 3)
        let plan = EvaluationPlan(tasks: policy.tasks, episodesPerTask: 2)
        let evaluator = Evaluator(plan, method: "test")
        let plain = try evaluator.rows(of: SequencePolicy(policy, slots: 4), in: ScriptedEnvironment.batch(slots: 4))
        let recorder = GateRecorder()
        policy.gateRecorder = recorder
        let noted = try evaluator.rows(of: SequencePolicy(policy, slots: 4), in: ScriptedEnvironment.batch(slots: 4))
        #expect(noted == plain)
        let means = recorder.means(tasks: policy.tasks.map(\.name))
        #expect(means.count == 3 * 2 * 3)
        for task in policy.tasks {
            for block in 0..<2 {
                let gates = means.filter { $0.task == task.name && $0.block == block }.map(\.gate)
                #expect(gates.allSatisfy { $0 > 0 })
                #expect(abs(gates.reduce(0, +) - 1) < 1e-5)
            }
        }
        #expect((policy.branch as? MixtureOfExperts)?.gateObserver == nil)
    }

    @Test func theNotedGatesAreThoseOfTheTokenThatIsActedOn() throws {
        let policy = try PolicySamples.policy(experts: 3)
        let mixture = try #require(policy.branch as? MixtureOfExperts)
        let recorder = GateRecorder()
        policy.gateRecorder = recorder
        let task = policy.tasks[0]
        _ = try policy.start(task: task.name).act(observation: [1, 2, 3, 4, 5])
        var expected: [[Double]] = []
        mixture.gateObserver = { block, gates in
            // The state token of the last step is the last but one, and the last of those that the last block computes.
            let place = gates.shape[1] - (block == 0 ? 2 : 1)
            expected.append(try gates.narrowed(1, place..<place + 1).floats().map(Double.init))
        }
        let plain = try PlainRollout(policy, task: task.name, promptRow: policy.start(task: task.name).promptKey.row)
        _ = try plain.act(observation: [1, 2, 3, 4, 5], reward: 0, earlier: 0)
        for mean in recorder.means(tasks: [task.name]) {
            #expect(abs(mean.gate - expected[mean.block][mean.expert]) < 1e-6)
        }
    }
}
