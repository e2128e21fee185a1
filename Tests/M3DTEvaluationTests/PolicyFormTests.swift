import Foundation
import M3DTModel
import M3DTRandom
import M3DTTasks
import M3DTTensor
import Testing

@testable import M3DTEvaluation

/// What holds for the policy of every method.
@Suite struct PolicyFormTests {
    enum Form: String, CaseIterable, Sendable {
        case masked, separate, withoutReturns, bins, topK, soft, sequence, attention

        var description: PolicyDescription {
            var model = PolicySamples.model()
            var mixture = MixtureConfiguration(experts: 3)
            switch self {
            case .withoutReturns: model.input = .noReturns
            case .bins: model.input = .bins
            case .topK: (mixture.gate.form, mixture.gate.k) = (.topK, 2)
            case .soft: mixture.gate.form = .soft
            case .sequence: mixture.router.scope = .sequence
            case .attention: mixture.expert.form = .attention
            case .masked, .separate: break
            }
            let isMixed = [Form.topK, .soft, .sequence, .attention].contains(self)
            return PolicyDescription(
                method: rawValue, model: model, mixture: isMixed ? mixture : nil,
                taskWeights: self == .masked ? .masked : self == .separate ? .separate : .shared,
                tasks: PolicySamples.profiles(model))
        }

        func policy() throws -> M3DTPolicy {
            let network = try PolicyNetwork(description, stream: RandomStream(seed: 4))
            for part in network.parts where part.name != "masks" { try PolicySamples.stir(part.module, seed: 6) }
            if case .masked(_, let masks) = network {
                let shape = masks.values.value.shape
                var stream = RandomStream(seed: 8)
                try masks.values.assign(
                    Tensor.uniform(shape, bound: 0.5, stream: &stream).less(than: 0.2).converted(to: .uint8))
            }
            return try M3DTPolicy(description, network: network)
        }
    }

    /// The actions of an episode of each task, from a script.
    private func actions(_ policy: M3DTPolicy) throws -> [[Double]] {
        try policy.tasks.flatMap { task in
            let episode = try policy.start(task: task.name)
            var script = Script(task, seed: 3)
            return try (0..<7).map { _ in
                let (observation, reward) = script.next()
                return try episode.act(observation: observation, reward: reward)
            }
        }
    }

    @Test(arguments: Form.allCases)
    func savedAndLoadedAPolicyActsTheSame(form: Form) throws {
        let folder = try TemporaryFolder()
        let policy = try form.policy()
        try PolicyFolder.write(policy.description, network: policy.network, to: folder["policy"])
        let loaded = try M3DTPolicy(contentsOf: folder["policy"])
        #expect(loaded.description == policy.description)
        let expected = try actions(policy)
        #expect(try actions(loaded) == expected)
        #expect(
            zip(expected, policy.tasks.flatMap { task in (0..<7).map { _ in task.actionWidth } }).allSatisfy {
                $0.count == $1
            })
        #expect(expected.joined().allSatisfy { abs($0) <= 1 })
    }

    @Test(arguments: Form.allCases)
    func episodesOfSeveralTasksAtOnceAreAsEachAlone(form: Form) throws {
        let policy = try form.policy()
        let slots = SequencePolicy(policy, slots: 3)
        var scripts = policy.tasks.map { Script($0, seed: 3) }
        for (slot, task) in policy.tasks.enumerated() { try slots.begin(slot: slot, task: task, seed: 0) }
        var together = [[[Double]]](repeating: [], count: 3)
        for _ in 0..<7 {
            let requests = (0..<3).map { slot in
                let (observation, reward) = scripts[slot].next()
                return ActionRequest(slot: slot, observation: observation, reward: reward)
            }
            for (slot, action) in try slots.act(requests).enumerated() { together[slot].append(action) }
        }
        for (one, other) in zip(try actions(policy), together.joined()) {
            for (left, right) in zip(one, other) { #expect(abs(left - right) < 1e-4) }
        }
    }

    @Test func eachTaskHasItsOwnWeights() throws {
        for form in [Form.masked, .separate] {
            let policy = try form.policy()
            for (index, task) in policy.tasks.enumerated() {
                let model: any SequenceModel
                switch policy.network {
                case .masked(let backbone, let masks): model = try masks.model(backbone, of: index)
                case .separate(let agents): model = agents[index]
                case .shared(let backbone, _): model = backbone
                }
                var description = policy.description
                description.taskWeights = .shared
                let alone = try M3DTPolicy(description, network: .shared(model, branch: nil))
                let observation = (0..<task.observationWidth).map { 0.3 * Double($0) - 0.5 }
                func action(_ policy: M3DTPolicy) throws -> [Double] {
                    try policy.start(task: task.name).act(observation: observation)
                }
                #expect(try action(policy) == action(alone))
                let other = try M3DTPolicy(
                    description,
                    network: .shared(policy.network.models[(index + 1) % policy.network.models.count], branch: nil))
                #expect(try action(policy) != action(other))
            }
        }
    }

    @Test func aMixtureGoesWithSharedWeightsOnly() throws {
        var description = Form.topK.description
        description.taskWeights = .masked
        #expect(throws: PolicyError.self) { try description.validate() }
    }
}
