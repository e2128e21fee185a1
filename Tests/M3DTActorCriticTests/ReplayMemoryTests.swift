import M3DTRandom
import Testing

@testable import M3DTActorCritic

@Suite struct ReplayMemoryTests {
    /// Step t is seen as t, answered with -t and worth 10 t.
    static func episode(_ steps: Int, terminated: Bool = false) -> PlayedEpisode {
        PlayedEpisode(
            observations: (0...steps).map { Float($0) }, actions: (0..<steps).map { -Float($0) },
            rewards: (0..<steps).map { 10 * Float($0) }, terminated: terminated)
    }

    static func drawn(_ episodes: [PlayedEpisode], returnSteps: Int, count: Int = 200) -> ReplayBatch {
        var memory = ReplayMemory(featureWidth: 1, actionWidth: 1, capacity: 10)
        memory.add(episodes)
        var random = RandomStream(seed: 1)
        return memory.draw(count, returnSteps: returnSteps, discount: 0.5, random: &random)
    }

    @Test func rewardsAreSummedOverSeveralSteps() {
        let batch = Self.drawn([Self.episode(6)], returnSteps: 3)
        #expect(Set(batch.observations) == Set((0..<6).map { Float($0) }))
        for row in batch.rewards.indices {
            let step = batch.observations[row]
            let length = min(3, 6 - step)
            var (sum, weight) = (Float(0), Float(10))
            for i in 0..<Int(length) {
                sum += weight * (step + Float(i))
                weight /= 2
            }
            #expect(batch.actions[row] == -step)
            #expect(batch.rewards[row] == sum)
            #expect(batch.nextObservations[row] == step + length)
            #expect(batch.discounts[row] == [0, 0.5, 0.25, 0.125][Int(length)])
        }
    }

    @Test func nothingComesAfterATaskEnded() {
        let batch = Self.drawn([Self.episode(4, terminated: true)], returnSteps: 2)
        for row in batch.rewards.indices {
            #expect((batch.discounts[row] == 0) == (batch.observations[row] >= 2))
        }
    }

    @Test func theOldestEpisodesAreForgotten() {
        var memory = ReplayMemory(featureWidth: 1, actionWidth: 1, capacity: 3)
        memory.add((1...2).map { Self.episode($0) })
        memory.add((3...5).map { Self.episode($0) })
        #expect(memory.episodes == (3...5).map { Self.episode($0) })
    }

    @Test func theStreamDecidesWhatIsDrawn() {
        #expect(Self.drawn([Self.episode(50)], returnSteps: 1) == Self.drawn([Self.episode(50)], returnSteps: 1))
        #expect(Self.episode(4).totalReturn == 60)
    }
}

@Suite struct TemperatureTests {
    @Test func itFallsWhereThereIsTooMuchEntropyAndRisesWhereThereIsTooLittle() {
        for (surplus, falls) in [(1.0, true), (-1, false)] {
            var temperature = Temperature(initial: 0.5)
            #expect(abs(temperature.value - 0.5) < 1e-12)
            for _ in 0..<10 { temperature.learn(surplus: surplus, rate: 0.01) }
            // Adam's steps are as large as the rate while the gradient keeps its sign.
            let change = temperature.logarithm - Temperature(initial: 0.5).logarithm
            let expected = falls ? -0.1 : 0.1
            #expect(abs(change - expected) < 0.01)
        }
    }
}
