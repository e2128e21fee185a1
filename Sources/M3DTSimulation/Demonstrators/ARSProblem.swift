import M3DTTasks

/// What a search is to solve: one task, or several that one policy shall serve.
public struct ARSProblem: Sendable {
    public let tasks: [TaskSpecification]
    let frames: [ActingFrame]
    let factory: EnvironmentFactory
    /// Lowers the reward of a step in the search alone, looking at the observation after it.
    let penalty: @Sendable (_ features: [Double]) -> Double

    /// - Throws: ``SimulationError/notNative(task:domain:)``.
    public init(tasks: [TaskSpecification], factory: @escaping EnvironmentFactory) throws {
        precondition(!tasks.isEmpty, "a search needs a task")
        self.tasks = tasks
        frames = try tasks.map { try ActingFrame(task: $0) }
        self.factory = factory
        let pitching = tasks.contains { $0.domain == Domain.cheetahVel }
        penalty = pitching ? Self.pitchPenalty : Self.noPenalty
    }

    var featureWidth: Int { frames[0].featureWidth }
    var actionWidth: Int { frames[0].actionWidth }

    /// Keeps the cheetah from running on its back, from which the search does not find back: 1 for each radian of
    /// pitch beyond half a radian.
    @Sendable private static func pitchPenalty(_ features: [Double]) -> Double { max(abs(features[1]) - 0.5, 0) }

    @Sendable private static func noPenalty(_ features: [Double]) -> Double { 0 }
}

/// What one episode of a search gave.
struct ARSRollout: Sendable {
    var taskReturn = 0.0
    /// The return less the penalties.
    var fitness = 0.0
    var moments: RunningMoments
}

/// The environments of one worker, made when first used.
final class ARSStage {
    private let problem: ARSProblem
    private var environments: [Int: any Environment] = [:]

    init(problem: ARSProblem) { self.problem = problem }

    /// Plays one episode of the task with the given index.
    ///
    /// - Throws: ``EnvironmentError``, or the factory's error.
    func play(_ policy: LinearPolicy, task index: Int, seed: UInt64) throws -> ARSRollout {
        let environment = try environments[index] ?? problem.factory(problem.tasks[index])
        environments[index] = environment
        let frame = problem.frames[index]
        var rollout = ARSRollout(moments: RunningMoments(width: problem.featureWidth))
        var observation = try environment.reset(seed: seed)
        var features = frame.features(observation)
        for _ in 0..<environment.task.episodeSteps {
            rollout.moments.add(features)
            let action = frame.action(policy.action(features))
            let outcome = try environment.step(action, into: &observation)
            features = frame.features(observation)
            rollout.taskReturn += outcome.reward
            rollout.fitness += outcome.reward - problem.penalty(features)
            if outcome.terminated { break }
        }
        return rollout
    }
}
