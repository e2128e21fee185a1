import M3DTData
import M3DTModel
import M3DTRandom
import M3DTTasks

/// Tasks and trajectories of random numbers, for measuring speed: of the right sizes, and without any meaning.
enum SyntheticData {
    static let steps = 200

    /// Tasks of the model's full widths.
    static func tasks(_ count: Int, _ model: ModelConfiguration) -> [TaskSpecification] {
        (0..<count).map { index in
            TaskSpecification(
                name: "synthetic-\(index)", domain: .custom, observationWidth: model.stateWidth,
                actionWidth: model.actionWidth, episodeSteps: steps, targetReturn: 0, returnScale: 100,
                score: .linear(offset: 0, range: 1), evaluationEpisodes: 1)
        }
    }

    /// A sampler over the given tasks with twelve trajectories each.
    ///
    /// - Throws: `DataError` where the model's sizes make no sense.
    static func sampler(_ tasks: [TaskSpecification], _ model: ModelConfiguration, rows: Int) throws -> Sampler {
        var options = SamplerOptions()
        options.rows = rows
        options.contextSteps = model.contextSteps
        options.promptSteps = model.promptSteps
        return try Sampler(
            tasks.map { task in try TaskTrajectories(task, (0..<12).map { trajectory(task, number: $0) }) },
            options: options, stateWidth: model.stateWidth, actionWidth: model.actionWidth, seed: 0)
    }

    private static func trajectory(_ task: TaskSpecification, number: Int) -> Trajectory {
        var stream = RandomStream(seed: 0).split(task.name).split(number)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(stream.uniform(-1, 1)) } }
        return Trajectory(
            task: task.name, observations: numbers(steps * task.observationWidth),
            actions: numbers(steps * task.actionWidth), rewards: numbers(steps),
            successes: Array(repeating: false, count: steps), source: "synthetic")
    }
}
