import M3DTRandom
import M3DTTasks

/// A task simulated by MuJoCo in this process.
public final class MuJoCoEnvironment: Environment {
    public let task: TaskSpecification
    /// The state, for those who draw it.
    public let physics: MuJoCoPhysics
    /// The task's own state, a value; for those who plan.
    private(set) var dynamics: any MuJoCoTask
    private var seed: UInt64 = 0
    private var stepsTaken = 0
    private var playing = false

    init(task: TaskSpecification, physics: MuJoCoPhysics, dynamics: any MuJoCoTask) {
        self.task = task
        self.physics = physics
        self.dynamics = dynamics
    }

    /// Starts an episode from a state drawn with the seed and the task's name.
    ///
    /// - Throws: ``EnvironmentError`` where MuJoCo fails or the state is not finite.
    public func reset(seed: UInt64) throws -> [Double] {
        var random = RandomStream(seed: seed).split(task.name).split("reset")
        return try begin(seed: seed) { try dynamics.begin(physics, random: &random) }
    }

    /// Starts an episode from a given state, for comparisons with other simulations.
    ///
    /// - Throws: ``EnvironmentError`` where MuJoCo fails or the state is not finite.
    func reset(positions: [Double], velocities: [Double]) throws -> [Double] {
        try begin(seed: 0) { try dynamics.begin(physics, positions: positions, velocities: velocities) }
    }

    /// Advances by one control step.
    ///
    /// - Throws: ``EnvironmentError`` where the action is unusable, MuJoCo fails or warns, or a number is not finite.
    ///   After an error of the simulator the environment must be reset.
    public func step(_ action: [Double], into observation: inout [Double]) throws -> StepOutcome {
        guard playing else { throw failure(.notReset) }
        try check(action)
        playing = false
        let outcome = try guarded { try dynamics.advance(physics, action: action) }
        try observe(into: &observation)
        guard outcome.reward.isFinite else { throw failure(.stateNotFinite(what: "the reward")) }
        playing = true
        stepsTaken += 1
        return outcome
    }

    private func begin(seed: UInt64, _ start: () throws -> Void) throws -> [Double] {
        (self.seed, stepsTaken, playing) = (seed, 0, false)
        try guarded(start)
        var observation: [Double] = []
        try observe(into: &observation)
        playing = true
        return observation
    }

    private func check(_ action: [Double]) throws {
        guard action.count == task.actionWidth else {
            throw failure(.actionWidth(expected: task.actionWidth, found: action.count))
        }
        if let index = action.firstIndex(where: { !$0.isFinite }) { throw failure(.actionNotFinite(index: index)) }
    }

    private func observe(into observation: inout [Double]) throws {
        if observation.count != task.observationWidth {
            observation = [Double](repeating: 0, count: task.observationWidth)
        }
        dynamics.observe(physics, into: &observation)
        if let index = observation.firstIndex(where: { !$0.isFinite }) {
            throw failure(.stateNotFinite(what: "number \(index) of the observation"))
        }
    }

    private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as MuJoCoFailure {
            throw failure(.simulator(error.message))
        }
    }

    private func failure(_ cause: EnvironmentError.Cause) -> EnvironmentError {
        EnvironmentError(task: task.name, step: stepsTaken, seed: seed, cause: cause)
    }
}
