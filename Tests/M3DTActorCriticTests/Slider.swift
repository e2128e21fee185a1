import Foundation
import M3DTRandom
import M3DTSimulation
import M3DTTasks

@testable import M3DTActorCritic

/// A point that an action pushes along a line, and that is to rest at 0; what there is to learn in a second.
final class Slider: Environment {
    static let specification = TaskSpecification(
        name: "slider", domain: .custom, observationWidth: 2, actionWidth: 1, episodeSteps: 20, targetReturn: 20,
        returnScale: 1, score: .linear(offset: 0, range: 20), evaluationEpisodes: 1)

    let task = Slider.specification
    private var place = 0.0
    private let endsOutside: Bool

    /// - Parameter endsOutside: The episode ends where the point leaves -1.5 ... 1.5.
    init(endsOutside: Bool = false) { self.endsOutside = endsOutside }

    func reset(seed: UInt64) -> [Double] {
        var random = RandomStream(seed: seed)
        place = random.uniform(-1, 1)
        return [place, 1]
    }

    func step(_ action: [Double], into observation: inout [Double]) -> StepOutcome {
        place += 0.3 * action[0]
        observation = [place, 1]
        return StepOutcome(reward: 1 - min(abs(place), 1), terminated: endsOutside && abs(place) > 1.5)
    }
}

/// Settings small enough for a test.
protocol SmallSettings: ActorSettings {
    static func small(rounds: Int) -> Self
}

extension SoftActorCriticSettings: SmallSettings {
    static func small(rounds: Int) -> SoftActorCriticSettings {
        var settings = SoftActorCriticSettings()
        (settings.actorWidth, settings.criticWidth, settings.batch) = (16, 32, 64)
        (settings.rounds, settings.evaluationInterval, settings.learningRate) = (rounds, 2, 3e-3)
        settings.rememberedEpisodes = 40
        return settings
    }
}

extension ProximalSettings: SmallSettings {
    static func small(rounds: Int) -> ProximalSettings {
        var settings = ProximalSettings()
        (settings.actorWidth, settings.valueWidth, settings.batch) = (16, 32, 40)
        (settings.rounds, settings.evaluationInterval, settings.learningRate) = (rounds, 2, 3e-3)
        settings.episodesPerRound = 8
        return settings
    }
}
