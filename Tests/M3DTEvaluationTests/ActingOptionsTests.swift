import M3DTModel
import M3DTRandom
import M3DTTasks
import M3DTTensor
import Testing

@testable import M3DTEvaluation

/// The ways of acting that trade exactness for speed: what they change, and how much they compute.
@Suite struct ActingOptionsTests {
    private static func policy(
        layers: Int = 2, context: Int = 4, experts: Int? = 3, promptSteps: Int = 2, input: InputForm = .returns
    ) throws -> M3DTPolicy {
        var model = PolicySamples.model(promptSteps: promptSteps)
        (model.layers, model.contextSteps, model.input) = (layers, context, input)
        return try PolicySamples.policy(model, experts: experts)
    }

    /// The actions of an episode on a script.
    private static func play(_ policy: M3DTPolicy, _ options: ActingOptions, task: Int = 0) throws -> [[Double]] {
        try policy.act(with: options)
        let specification = policy.tasks[task]
        let episode = try policy.start(task: specification.name, seed: 1)
        var script = Script(specification, seed: 5)
        return try (0..<specification.episodeSteps).map { _ in
            let (observation, reward) = script.next()
            return try episode.act(observation: observation, reward: reward)
        }
    }

    struct Variant: CustomTestStringConvertible {
        var experts: Int? = 3
        var promptSteps = 2
        var input = InputForm.returns
        var testDescription: String { "\(experts ?? 0) experts, \(promptSteps) prompt steps, \(input)" }
    }

    static let variants = [
        Variant(), Variant(experts: nil), Variant(promptSteps: 0), Variant(experts: nil, promptSteps: 0),
        Variant(experts: nil, input: .noReturns),
    ]

    @Test(arguments: variants) func untilTheContextIsFullRollingIsExact(variant: Variant) throws {
        let policy = try Self.policy(
            experts: variant.experts, promptSteps: variant.promptSteps, input: variant.input)
        for task in 0..<3 {
            let exact = try Self.play(policy, ActingOptions(), task: task)
            let rolling = try Self.play(policy, ActingOptions(cache: .rolling), task: task)
            for step in 0..<4 { #expect(distance(rolling[step], exact[step]) <= 1e-6, "step \(step)") }
            // Later it is near, but not the same: kept tokens know of more than the context.
            let later = (4..<exact.count).map { distance(rolling[$0], exact[$0]) }
            #expect(later.max()! > 1e-6 && later.max()! < 0.5)
        }
    }

    /// In the first block keys and values are of single tokens, so that with one block nothing is known of what has gone.
    @Test(arguments: [1, 2, 5]) func withOneBlockRollingIsExactAllAlong(context: Int) throws {
        let policy = try Self.policy(layers: 1, context: context)
        let exact = try Self.play(policy, ActingOptions())
        let rolling = try Self.play(policy, ActingOptions(cache: .rolling))
        for step in exact.indices { #expect(distance(rolling[step], exact[step]) <= 1e-6, "step \(step)") }
    }

    @Test func episodesOfAllLengthsShareAPass() throws {
        let policy = try Self.policy()
        try policy.act(with: ActingOptions(cache: .rolling))
        let slots = SequencePolicy(policy, slots: 5)
        let alone = try (0..<5).map { try policy.start(task: "walk-\($0 % 3)", seed: UInt64($0)) }
        var scripts = (0..<5).map { Script(policy.tasks[$0 % 3], seed: UInt64($0)) }
        var random = RandomStream(seed: 4)
        for round in 0..<12 {
            if round < 5 { try slots.begin(slot: round, task: policy.tasks[round % 3], seed: UInt64(round)) }
            let asking = (0..<min(round + 1, 5)).filter {
                alone[$0].stepCount < 9 && (round > 8 || random.uniform() < 0.7)
            }
            let requests = asking.map { slot in
                let (observation, reward) = scripts[slot].next()
                return ActionRequest(slot: slot, observation: observation, reward: reward)
            }
            for (request, action) in zip(requests, try slots.act(requests)) {
                let expected = try alone[request.slot].act(observation: request.observation, reward: request.reward)
                #expect(distance(action, expected) <= 1e-6)
            }
        }
    }

    @Test func rollingComputesOneStepWhereTheContextHasMany() throws {
        let policy = try Self.policy()
        let mixture = try #require(policy.branch as? MixtureOfExperts)
        func tokens(_ options: ActingOptions) throws -> [Int] {
            try policy.act(with: options)
            let episode = try policy.start(task: "walk-0")
            var script = Script(policy.tasks[0], seed: 5)
            return try (0..<7).map { _ in
                let (observation, reward) = script.next()
                var count = 0
                // The prompt is computed in the first block as well, once, and before the episode.
                mixture.gateObserver = { if $0 == 0 { count += $1.shape[0] * $1.shape[1] } }
                _ = try episode.act(observation: observation, reward: reward)
                return count
            }
        }
        let prompt = 6
        #expect(try tokens(ActingOptions()) == [2 + prompt, 5, 8, 11, 11, 11, 11])
        #expect(try tokens(ActingOptions(cache: .rolling)) == [3 + prompt, 3, 3, 3, 3, 3, 3])
    }

    @Test func aThresholdOfNothingChangesNothing() throws {
        let policy = try Self.policy()
        let exact = try Self.play(policy, ActingOptions())
        #expect(policy.computedShareOfExperts == nil)
        let all = try Self.play(policy, ActingOptions(gateThreshold: 1e-9))
        for step in exact.indices { #expect(distance(all[step], exact[step]) <= 1e-6) }
        #expect(policy.computedShareOfExperts == 1)
        let fewer = try Self.play(policy, ActingOptions(gateThreshold: 0.3))
        #expect(zip(fewer, exact).contains { distance($0, $1) > 1e-4 })
        #expect((0.2..<0.9).contains(try #require(policy.computedShareOfExperts)))
        #expect(try Self.play(policy, ActingOptions()) == exact)
    }

    static let refused: [(InputForm, Int?, ActingOptions, String)] = [
        (.bins, nil, ActingOptions(cache: .rolling), "rolling cache"),
        (.returns, nil, ActingOptions(gateThreshold: 0.1), "gate threshold"),
        (.returns, 3, ActingOptions(gateThreshold: 1), "less than 1"),
        (.returns, 3, ActingOptions(gateThreshold: -0.1), "at least 0"),
    ]

    @Test(arguments: refused)
    func whatAPolicyCannotDoIsRefused(input: InputForm, experts: Int?, options: ActingOptions, part: String) throws {
        var description = try Self.policy(experts: experts).description
        description.model.input = input
        let policy = try M3DTPolicy(untrained: description)
        let error = #expect(throws: PolicyError.self) { try policy.act(with: options) }
        #expect(try #require(error).description.contains(part))
        #expect(policy.acting == ActingOptions())
    }
}
