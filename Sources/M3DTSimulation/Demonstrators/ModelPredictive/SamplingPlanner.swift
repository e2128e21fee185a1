import Foundation
import M3DTRandom
import M3DTTasks

/// Plans the actions of one episode by trying out random plans in a copy of the simulation.
///
/// The plan in hand is varied by noise of several strengths, every variant is played ahead, and the best is kept; the next
/// plan starts from it. What is tried never touches the episode itself.
///
/// Source: the idea of predictive sampling with an elite's mean; Howell and others, "Predictive sampling: real-time behaviour
/// synthesis with MuJoCo", 2022.
final class SamplingPlanner {
    private typealias Trial = (value: Double, plan: ActionSpline)

    private let environment: MuJoCoEnvironment
    private let settings: PlannerSettings
    private let guidance: RewardGuidance?
    private let twin: MuJoCoPhysics
    private var random: RandomStream
    private var plan: ActionSpline
    /// Steps since the plan was made; nothing before the first.
    private var age: Int?
    private var action: [Double]
    private var observation: [Double]

    /// - Parameter environment: Where the episode is played, just reset.
    /// - Throws: ``SimulationError`` where there is not enough memory.
    init(
        environment: MuJoCoEnvironment, settings: PlannerSettings, guidance: RewardGuidance? = nil,
        random: RandomStream
    ) throws {
        self.environment = environment
        self.settings = settings
        self.guidance = guidance
        self.random = random
        twin = try MuJoCoPhysics(model: environment.physics.model)
        plan = ActionSpline(width: environment.task.actionWidth, spacing: settings.spacing, count: settings.knots)
        action = [Double](repeating: 0, count: environment.task.actionWidth)
        observation = [Double](repeating: 0, count: environment.task.observationWidth)
    }

    /// The action for the state in which the environment is.
    func next() -> [Double] {
        if age.map({ $0 >= settings.interval }) ?? true {
            plan = plan.shifted(by: age ?? 0)
            improve()
            age = 0
        }
        plan.action(at: age ?? 0, into: &action)
        skip()
        return action
    }

    /// Lets a step pass in which someone else acts.
    func skip() { age = age.map { $0 + 1 } }

    private func improve() {
        var best: Trial = (value(of: plan), plan)
        for round in 0..<settings.rounds {
            let shrink = pow(0.5, Double(round))
            var trials = [best]
            for sample in 1..<settings.samples {
                let variant = best.plan.varied(noise: shrink * noise(of: sample), random: &random)
                trials.append((value(of: variant), variant))
            }
            trials = trials.indices.sorted { (-trials[$0].value, $0) < (-trials[$1].value, $1) }.map { trials[$0] }
            best = trials[0]
            if settings.elites > 1 {
                let mean = ActionSpline.mean(trials.prefix(settings.elites).map(\.plan))
                let valueOfMean = value(of: mean)
                if valueOfMean > best.value { best = (valueOfMean, mean) }
            }
        }
        plan = best.plan
    }

    /// Rises geometrically from the first variant to the last.
    private func noise(of sample: Int) -> Double {
        let part = Double(sample - 1) / Double(max(settings.samples - 2, 1))
        return settings.noise.lowerBound * pow(settings.noise.upperBound / settings.noise.lowerBound, part)
    }

    /// What a plan earns ahead of the present state; minus infinity where the physics does not bear it.
    private func value(of plan: ActionSpline) -> Double {
        do {
            let value = try play(plan)
            return value.isFinite ? value : -.infinity
        } catch {
            return -.infinity
        }
    }

    private func play(_ plan: ActionSpline) throws -> Double {
        try twin.copy(environment.physics)
        var dynamics = environment.dynamics
        var (total, last) = (0.0, 0.0)
        for step in 0..<settings.horizon {
            plan.action(at: step, into: &action)
            let outcome = try dynamics.advance(twin, action: action)
            last = outcome.reward
            if let guidance {
                dynamics.observe(twin, into: &observation)
                last += guidance.value(observation)
            }
            total += last
            if outcome.terminated { return total }
        }
        return total + settings.lastingSteps * last
    }
}
