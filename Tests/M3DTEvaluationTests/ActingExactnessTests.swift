import M3DTModel
import M3DTRandom
import M3DTTasks
import M3DTTensor
import Testing

@testable import M3DTEvaluation

/// The largest distance between two actions.
func distance(_ left: [Double], _ right: [Double]) -> Double {
    left.count == right.count ? zip(left, right).map { abs($0 - $1) }.max() ?? 0 : .infinity
}

@Suite struct ActingExactnessTests {
    struct Variant: CustomTestStringConvertible {
        var experts: Int?
        var residual = ResidualForm.preserved
        var promptSteps = 2
        var leaks = false
        var testDescription: String { "experts \(experts ?? 0), \(residual), prompt \(promptSteps), leaks \(leaks)" }

        func policy() throws -> M3DTPolicy {
            try PolicySamples.policy(
                PolicySamples.model(promptSteps: promptSteps, residual: residual), experts: experts,
                leaksUnusedActions: leaks)
        }
    }

    static let variants: [Variant] = [
        Variant(), Variant(experts: 3), Variant(experts: 3, residual: .normalized), Variant(promptSteps: 0),
        Variant(experts: 2, promptSteps: 0), Variant(leaks: true),
        Variant(experts: 1, residual: .normalized, leaks: true),
    ]

    @Test(arguments: variants) func cachedForwardEqualsThePlainOneFromTheFirstStepToTheLast(variant: Variant) throws {
        let policy = try variant.policy()
        for (index, task) in policy.tasks.enumerated() {
            let episode = try policy.start(task: task.name, seed: UInt64(index))
            let plain = try PlainRollout(policy, task: task.name, promptRow: episode.promptKey.row)
            var script = Script(task, seed: 5)
            var earlier = 0.0
            for step in 0..<task.episodeSteps {
                let (observation, reward) = script.next()
                let expected = try plain.act(observation: observation, reward: reward, earlier: earlier)
                earlier += reward
                let action = try episode.act(observation: observation, reward: reward)
                #expect(distance(action, expected) <= 1e-6, "\(task.name), step \(step)")
            }
        }
    }

    @Test func everyPartOfTheHistoryCounts() throws {
        let policy = try PolicySamples.policy(experts: 2)
        let task = policy.tasks[0]
        func last(_ change: (inout [Double], inout Double, Int) -> Void, target: Double? = nil, seed: UInt64 = 0) throws
            -> [Double]
        {
            let episode = try policy.start(task: task.name, seed: seed, targetReturn: target)
            var script = Script(task, seed: 5)
            var action: [Double] = []
            for step in 0..<6 {
                var (observation, reward) = script.next()
                change(&observation, &reward, step)
                action = try episode.act(observation: observation, reward: reward)
            }
            return action
        }
        let normal = try last { _, _, _ in }
        #expect(try last { _, _, _ in } == normal)
        #expect(distance(try last { observation, _, step in if step == 3 { observation[4] += 1 } }, normal) > 1e-4)
        #expect(distance(try last { _, reward, step in if step == 5 { reward += 20 } }, normal) > 1e-4)
        #expect(distance(try last({ _, _, _ in }, target: 100), normal) > 1e-4)
        // With a window of four steps the first one is forgotten, but for its reward and what the kept actions owe to it.
        let seeds = try (0..<8).map { try policy.start(task: task.name, seed: $0).promptKey.row }
        #expect(Set(seeds) == [0, 1])
        let other = UInt64(seeds.firstIndex { $0 != seeds[0] }!)
        #expect(distance(try last({ _, _, _ in }, seed: other), normal) > 1e-4)
    }

    @Test func unusedActionDimensionsMatterOnlyWhereTheyLeak() throws {
        let (sealed, leaking) = (try PolicySamples.policy(), try PolicySamples.policy(leaksUnusedActions: true))
        for (index, differs) in [false, true, true].enumerated() {
            let task = sealed.tasks[index]
            let (first, second) = (try sealed.start(task: task.name), try leaking.start(task: task.name))
            var script = Script(task, seed: 1)
            var largest = 0.0
            for _ in 0..<4 {
                let (observation, reward) = script.next()
                let expected = try first.act(observation: observation, reward: reward)
                largest = max(largest, distance(try second.act(observation: observation, reward: reward), expected))
            }
            #expect(differs ? largest > 1e-4 : largest == 0)
        }
    }

    @Test(arguments: [nil, 3]) func aRowDoesNotDependOnTheOthers(experts: Int?) throws {
        let policy = try PolicySamples.policy(experts: experts)
        let slots = SequencePolicy(policy, slots: 7)
        let alone = try (0..<7).map { try policy.start(task: "walk-\($0 % 3)", seed: UInt64($0)) }
        var scripts = (0..<7).map { Script(policy.tasks[$0 % 3], seed: UInt64($0)) }
        // Slot s joins at step s and asks at some steps only, so that batches hold rows of all lengths.
        var random = RandomStream(seed: 4)
        for round in 0..<14 {
            for slot in 0..<7 where slot == round {
                try slots.begin(slot: slot, task: policy.tasks[slot % 3], seed: UInt64(slot))
            }
            let asking = (0..<min(round + 1, 7)).filter {
                alone[$0].stepCount < 9 && ($0 == 0 || random.uniform() < 0.7)
            }
            let requests = asking.map { slot in
                let (observation, reward) = scripts[slot].next()
                return ActionRequest(slot: slot, observation: observation, reward: reward)
            }
            let actions = try slots.act(requests)
            for (request, action) in zip(requests, actions) {
                let expected = try alone[request.slot].act(observation: request.observation, reward: request.reward)
                #expect(distance(action, expected) <= 1e-6)
            }
        }
    }

    @Test func bfloat16StaysNearFloat32() throws {
        let model = PolicySamples.model()
        var distances: [Double] = []
        let exact = try PolicySamples.policy(model, experts: 2)
        let rough = try PolicySamples.policy(model, experts: 2, precision: .bfloat16)
        for task in exact.tasks {
            let (first, second) = (try exact.start(task: task.name), try rough.start(task: task.name))
            var script = Script(task, seed: 2)
            for _ in 0..<task.episodeSteps {
                let (observation, reward) = script.next()
                distances.append(
                    distance(
                        try first.act(observation: observation, reward: reward),
                        try second.act(observation: observation, reward: reward)))
            }
        }
        #expect(distances.max()! > 0)
        #expect(distances.reduce(0, +) / Double(distances.count) < 0.05)
        #expect(distances.allSatisfy { $0 < 0.3 })
    }
}

/// Observations and rewards that do not depend on actions.
struct Script {
    private let task: TaskSpecification
    private var random: RandomStream
    private var started = false

    init(_ task: TaskSpecification, seed: UInt64) {
        self.task = task
        random = RandomStream(seed: seed)
    }

    mutating func next() -> (observation: [Double], reward: Double) {
        defer { started = true }
        return ((0..<task.observationWidth).map { _ in random.normal() }, started ? random.normal() * 5 : 0)
    }
}
