import Foundation
import M3DTRandom
import M3DTSimulation
import M3DTTasks
import M3DTTensor
import Testing

@testable import M3DTActorCritic

@Suite struct AdvantageEstimateTests {
    static func estimate(_ traceDecay: Double, terminated: Bool = false) -> AdvantageEstimate {
        AdvantageEstimate(
            rewards: [1, 0, 2], values: [3, 1, 2, 4], terminated: terminated, discount: 0.5, traceDecay: traceDecay)
    }

    @Test func withoutTracesTheNextValueIsTrusted() {
        // r + 0.5 V' - V
        #expect(Self.estimate(0).advantages == [-1.5, 0, 2])
        #expect(Self.estimate(0).returns == [1.5, 1, 4])
    }

    @Test func withFullTracesRewardsAreSummedToTheEnd() {
        // From the end: 2 + 0.5 * 4 = 4, 0 + 0.5 * 4 = 2, 1 + 0.5 * 2 = 2.
        #expect(Self.estimate(1).returns == [2, 2, 4])
        #expect(Self.estimate(1).advantages == [-1, 1, 2])
    }

    @Test func nothingComesAfterATaskEnded() {
        #expect(Self.estimate(1, terminated: true).returns == [1.5, 1, 2])
        #expect(Self.estimate(0, terminated: true).advantages == [-1.5, 0, 0])
    }

    @Test func inBetweenSurprisesFade() {
        // 2; 0 + 0.25 * 2; -1.5 + 0.25 * 0.5
        #expect(Self.estimate(0.5).advantages == [-1.375, 0.5, 2])
    }
}

@Suite struct ProximalLearnerTests {
    static func learner(_ change: (inout ProximalSettings) -> Void = { _ in }) throws -> ProximalLearner {
        var settings = ProximalSettings.small(rounds: 4)
        change(&settings)
        return try ProximalLearner(featureWidth: 2, actionWidth: 1, settings: settings, random: RandomStream(seed: 4))
    }

    /// Episodes in which one action is rewarded and its opposite is not.
    static func episodes(_ count: Int = 8, reward: (Float) -> Float = { $0 > 0 ? 1 : 0 }) -> [PlayedEpisode] {
        var random = RandomStream(seed: 9)
        return (0..<count).map { _ in
            let actions = (0..<20).map { _ in Float(tanh(0.3 * random.normal())) }
            return PlayedEpisode(
                observations: (0..<42).map { _ in Float(random.normal()) }, actions: actions,
                rewards: actions.map(reward))
        }
    }

    static func meanAction(_ learner: ProximalLearner) throws -> Double {
        try learner.policy().outputs([0.1, -0.2]).prefix(1).reduce(0) { $0 + Double($1) }
    }

    @Test(arguments: [Float(1), -1]) func rewardedActionsBecomeLikelier(sign: Float) throws {
        let learner = try Self.learner { $0.discount = 0 }
        let before = try Self.meanAction(learner)
        for round in 1...4 { try learner.learn(from: Self.episodes { sign * $0 > 0 ? 1 : 0 }, round: round) }
        #expect(try Double(sign) * (Self.meanAction(learner) - before) > 0.05)
    }

    @Test func theValueNetworkComesNearerToWhatStatesTurnedOutToBeWorth() throws {
        let learner = try Self.learner { ($0.discount, $0.epochs) = (0, 60) }
        // What an action earns shows in the state before it.
        var episodes = Self.episodes { _ in 0 }
        for i in episodes.indices {
            for step in 0..<20 { episodes[i].rewards[step] = 100 + 10 * episodes[i].observations[2 * step] }
        }
        func error() throws -> Double {
            var sum = 0.0
            for episode in episodes {
                let seen = try learner.scale.scaled(.of(Array(episode.observations.prefix(40)), shape: [20, 2]))
                let unit = (learner.returns.mean[0], learner.returns.deviation(floor: 1e-6)[0])
                for (value, reward) in zip(try learner.value(seen).floats(), episode.rewards) {
                    sum += abs(Double(value) * unit.1 + unit.0 - Double(reward))
                }
            }
            return sum / 160
        }
        try learner.learn(from: episodes, round: 0)
        try learner.learn(from: episodes, round: 1)
        #expect(try error() < 4)
    }

    @Test func theRateFollowsHowFarTheActorMoves() throws {
        let (eager, careful) = (
            try Self.learner { $0.wantedDivergence = 10 }, try Self.learner { $0.wantedDivergence = 1e-9 }
        )
        for learner in [eager, careful] {
            // The first round teaches the value network alone.
            for round in 1...2 { try learner.learn(from: Self.episodes(), round: round) }
        }
        #expect(eager.actorRate == 2e-3)
        #expect(careful.actorRate == 1e-5)
    }

    @Test func roundsShorterThanABatchTeachAsWell() throws {
        let learner = try Self.learner { $0.batch = 4096 }
        let before = try learner.buffers.map { try $0.tensor.floats() }
        for round in 1...2 { try learner.learn(from: Self.episodes(2), round: round) }
        for (buffer, old) in zip(learner.buffers, before) {
            #expect(try buffer.tensor.floats() != old, "\(buffer.name)")
        }
    }

    @Test func actionsAtTheLimitsAndOddRewardsKeepEverythingFinite() throws {
        let learner = try Self.learner()
        var episodes = Self.episodes { _ in 0 }
        for i in episodes.indices { episodes[i].actions[3] = i % 2 == 0 ? 1 : -1 }
        for round in 1...3 { try learner.learn(from: episodes, round: round) }
        for buffer in learner.buffers { #expect(try buffer.tensor.allFinite(), "\(buffer.name)") }
    }

    @Test func guidanceIsLearntFromAndNotCounted() throws {
        // The reward of hopping is nothing while the hopper lies; its guidance is not.
        let task = try TaskRegistry.standard.task(named: "hopper-hop")
        let folder = try TemporaryFolder()
        func trained(_ guidance: Double) throws -> ActorTraining<ProximalLearner> {
            var settings = ProximalSettings.small(rounds: 2)
            (settings.guidance, settings.episodesPerRound, settings.evaluationEpisodes) = (guidance, 1, 1)
            let own = folder.url.appendingPathComponent("\(guidance)")
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            let environments = NativeEnvironments()
            let training = try ActorTraining<ProximalLearner>(
                task: task, settings: settings, folder: own, team: WorkerTeam(count: 1)
            ) { try environments.make($0) }
            try training.run()
            return training
        }
        let (with, without) = (try trained(1), try trained(0))
        #expect(with.learner.returns != without.learner.returns)
        #expect(with.learner.returns.mean[0] != 0)
        // Plain episodes give plain returns: no more than two rewards of at most 1 a step.
        #expect(with.snapshots.allSatisfy { (0...1000).contains($0.meanReturn) })
        let policy = try without.learner.policy()
        #expect(
            try with.meanReturn(of: policy, episodes: 1, seed: 5)
                == without.meanReturn(of: policy, episodes: 1, seed: 5))
    }
}
