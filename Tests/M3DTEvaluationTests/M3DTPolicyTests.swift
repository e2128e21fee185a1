import M3DTModel
import M3DTTasks
import Testing

@testable import M3DTEvaluation

@Suite struct M3DTPolicyTests {
    let policy: M3DTPolicy

    init() throws { policy = try PolicySamples.policy(experts: 2) }

    @Test func aPolicyActsInAFewLines() throws {
        let episode = try policy.start(task: "walk-1")
        var (observation, reward) = ([0.1, -0.2, 0.3, 0.4], 0.0)
        for step in 0..<10 {
            let action = try episode.act(observation: observation, reward: reward)
            #expect(action.count == 2)
            #expect(action.allSatisfy { (-1...1).contains($0) })
            #expect(episode.stepCount == step + 1)
            (observation, reward) = (observation.map { $0 + action[0] }, action[1])
        }
    }

    @Test func theReturnToGoFallsByTheRewards() throws {
        let episode = try policy.start(task: "walk-0")
        #expect(episode.returnToGo == 40)
        _ = try episode.act(observation: [0, 0, 0, 0, 0])
        _ = try episode.act(observation: [0, 0, 0, 0, 0], reward: 2.5)
        _ = try episode.act(observation: [0, 0, 0, 0, 0], reward: -1)
        #expect(episode.returnToGo == 38.5)
        #expect(try policy.start(task: "walk-0", targetReturn: 7).returnToGo == 7)
    }

    @Test func anUnknownTaskSuggestsTheNearest() {
        #expect(throws: PolicyError.unknownTask(name: "wakl-1", nearest: "walk-1")) { try policy.start(task: "wakl-1") }
        #expect(throws: PolicyError.unknownTask(name: "swim", nearest: nil)) { try policy.start(task: "swim") }
    }

    @Test func badNumbersAreRefusedAndTheEpisodeGoesOn() throws {
        let (episode, twin) = (try policy.start(task: "walk-2"), try policy.start(task: "walk-2"))
        let good = [0.5, 0.25, -1]
        #expect(try episode.act(observation: good) == twin.act(observation: good))
        #expect(throws: PolicyError.observationWidth(task: "walk-2", step: 1, expected: 3, found: 2)) {
            try episode.act(observation: [0, 0], reward: 1)
        }
        for bad in [Double.nan, .infinity, 1e300] {
            #expect(throws: PolicyError.observationNotFinite(task: "walk-2", step: 1, index: 2)) {
                try episode.act(observation: [0, 0, bad], reward: 1)
            }
        }
        #expect(throws: PolicyError.rewardNotFinite(task: "walk-2", step: 1)) {
            try episode.act(observation: good, reward: .nan)
        }
        #expect(episode.stepCount == 1)
        #expect(try episode.act(observation: good, reward: 1) == twin.act(observation: good, reward: 1))
    }

    @Test func anEpisodeCannotOutlastTheTimesteps() throws {
        let episode = try policy.start(task: "walk-0")
        for _ in 0..<12 { _ = try episode.act(observation: [0, 0, 0, 0, 0]) }
        #expect(throws: PolicyError.episodeTooLong(task: "walk-0", limit: 12)) {
            try episode.act(observation: [0, 0, 0, 0, 0])
        }
    }

    @Test func anActionThatIsNotANumberIsAnError() throws {
        let head = policy.backbone.namedParameters.first { $0.name == "predict_action.0.bias" }!.parameter
        try head.assign(.full(.nan, shape: [3]))
        let episode = try policy.start(task: "walk-0")
        #expect(throws: PolicyError.actionNotFinite(task: "walk-0", step: 0)) {
            try episode.act(observation: [0, 0, 0, 0, 0])
        }
    }

    @Test func aBackboneOfOtherSizesIsRefused() throws {
        let other = try PolicySamples.backbone(PolicySamples.model(promptSteps: 3))
        #expect(throws: PolicyError.self) {
            try M3DTPolicy(policy.description, network: .shared(other, branch: nil))
        }
    }

    @Test func slotsAreChecked() throws {
        let slots = SequencePolicy(policy, slots: 2)
        let task = policy.tasks[0]
        let request = ActionRequest(slot: 1, observation: [0, 0, 0, 0, 0], reward: 0)
        #expect(throws: PolicyError.unknownSlot(2, slots: 2)) { try slots.begin(slot: 2, task: task, seed: 0) }
        #expect(throws: PolicyError.notBegun(slot: 1)) { try slots.act([request]) }
        try slots.begin(slot: 1, task: task, seed: 0)
        #expect(throws: PolicyError.repeatedSlot(1)) { try slots.act([request, request]) }
        #expect(throws: PolicyError.unknownSlot(-1, slots: 2)) {
            try slots.act([ActionRequest(slot: -1, observation: [], reward: 0)])
        }
        #expect(try slots.act([]).isEmpty)
        #expect(try slots.act([request])[0].count == 3)
        let stranger = TaskSpecification(
            name: "walk-0", domain: .custom, observationWidth: 5, actionWidth: 2, episodeSteps: 9, targetReturn: 40,
            returnScale: 20, score: .success, evaluationEpisodes: 1)
        #expect(throws: PolicyError.otherTask(name: "walk-0")) { try slots.begin(slot: 0, task: stranger, seed: 0) }
    }

    @Test func aNewEpisodeInASlotForgetsTheOldOne() throws {
        let slots = SequencePolicy(policy, slots: 1)
        let request = ActionRequest(slot: 0, observation: [1, 2, 0, -1, 1], reward: 0)
        try slots.begin(slot: 0, task: policy.tasks[0], seed: 0)
        let first = try slots.act([request])
        #expect(try slots.act([request]) != first)
        try slots.begin(slot: 0, task: policy.tasks[0], seed: 0)
        #expect(try slots.act([request]) == first)
    }

    @Test(arguments: [
        (PolicyError.malformed(file: "f", problem: "p"), "f: p; write"),
        (.otherFormat(file: "f", found: 3, supported: 1), "format 3, this version reads format 1"),
        (.unsound(problem: "p"), "no sense: p"), (.otherModel(problem: "p"), "belong to the policy: p"),
        (.weightNotFinite(name: "w", file: "f"), "'w'"), (.unknownTask(name: "a", nearest: "b"), "did you mean 'b'?"),
        (.unknownTask(name: "a", nearest: nil), "lists its tasks"), (.otherTask(name: "a"), "'a' with other widths"),
        (.unknownSlot(3, slots: 2), "slots 0 to 1"), (.notBegun(slot: 4), "slot 4"), (.repeatedSlot(5), "slot 5"),
        (.observationWidth(task: "t", step: 1, expected: 2, found: 3), "has 3 numbers, the task has 2"),
        (.observationNotFinite(task: "t", step: 1, index: 2), "number 2 of the observation"),
        (.rewardNotFinite(task: "t", step: 1), "the reward"), (.episodeTooLong(task: "t", limit: 9), "9 timesteps"),
        (.actionNotFinite(task: "t", step: 1), "predicted action"),
    ])
    func messagesNameTheThingAndTheRemedy(error: PolicyError, part: String) {
        #expect(error.description.contains(part))
    }
}
