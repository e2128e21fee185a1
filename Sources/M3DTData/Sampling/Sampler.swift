// Shapes: B rows, K context steps, P prompt steps, S padded state width, A padded action width.

import M3DTRandom
import M3DTTasks

/// Draws training batches from the trajectories of several tasks.
///
/// A batch is a pure function of the seed, the step and the tasks of its rows: the sampler has no state, any thread may
/// call it, and the number of the step is all that a checkpoint has to keep. What a row holds depends on its task's name and
/// not on which other tasks there are.
///
/// Each row is a window of at most K steps. A step is drawn uniformly from all training steps of the task, which is the
/// same as drawing an episode with probability proportional to its length and a start uniformly in it; the window runs on
/// from there, and is shorter and left-padded where the episode ends first.
///
/// Source: the reference release's sampling.
public final class Sampler: Sendable {
    /// The tasks, in the order that task indices refer to.
    public let tasks: [TaskSpecification]
    public let options: SamplerOptions
    public let shape: BatchShape
    /// The steps of the longest episode; a table of timestep embeddings must be at least as long.
    public let longestEpisode: Int

    let sources: [SamplerTask]

    /// Prepares to draw from the given tasks.
    ///
    /// - Parameters:
    ///   - trajectories: One entry for each task.
    ///   - stateWidth: S, at least the widest observation.
    ///   - actionWidth: A, at least the widest action.
    ///   - seed: Samplers with different seeds draw independently.
    /// - Throws: ``DataError`` where an option is out of range, a task is too wide or has no prompt episodes.
    public init(
        _ trajectories: [TaskTrajectories], options: SamplerOptions = SamplerOptions(), stateWidth: Int,
        actionWidth: Int, seed: UInt64
    ) throws {
        try options.validate()
        guard !trajectories.isEmpty else { throw DataError(.noTasks) }
        let root = RandomStream(seed: seed).split("sampler")
        shape = BatchShape(
            rows: options.rows, contextSteps: options.contextSteps, promptSteps: options.promptSteps,
            stateWidth: stateWidth, actionWidth: actionWidth)
        self.options = options
        tasks = trajectories.map(\.task)
        for task in tasks { try shape.check(fits: task) }
        sources = try trajectories.map { trajectories in
            try SamplerTask(trajectories, options: options, stream: root.split(trajectories.task.name))
        }
        longestEpisode = sources.reduce(0) { max($0, $1.longestEpisode) }
    }

    /// The batch of a step whose rows all come from one task.
    public func batch(step: Int, task: Int) -> Batch {
        batch(step: step, tasks: Array(repeating: task, count: shape.rows))
    }

    /// The batch of a step with one row for each of the given tasks.
    public func batch(step: Int, tasks: [Int]) -> Batch {
        var context = shape.segments(rows: tasks.count, length: shape.contextSteps)
        var prompt = shape.segments(rows: tasks.count, length: shape.promptSteps)
        var actionMask = [Float](repeating: 0, count: tasks.count * shape.actionWidth)
        for (row, task) in tasks.enumerated() {
            let source = sources[task]
            var stream = source.stream.split(step).split(row)
            let window = source.drawWindow(length: shape.contextSteps, from: &stream)
            context.fill(row: row, with: window, of: source.trajectories, scaling: source.scaling)
            if let segment = source.drawPrompt(row: row, options: options, from: &stream) {
                prompt.fill(row: row, with: segment, of: source.trajectories, scaling: source.promptScaling)
            }
            for column in 0..<self.tasks[task].actionWidth { actionMask[row * shape.actionWidth + column] = 1 }
        }
        return Batch(context: context, prompt: prompt, actionMask: actionMask, taskIndices: tasks)
    }

    /// What a policy has to know to act in a task; its prompts are made exactly as in training.
    ///
    /// There is one prompt, except with ``PromptChoice/random``: then each prompt episode gives one. With
    /// ``PromptChoice/reference`` it is the best.
    public func profile(task: Int) -> TaskProfile {
        let source = sources[task]
        let segments = source.evaluationPrompts(options)
        var prompts = shape.segments(rows: segments.count, length: shape.promptSteps)
        for (row, segment) in segments.enumerated() {
            prompts.fill(row: row, with: segment, of: source.trajectories, scaling: source.promptScaling)
        }
        return TaskProfile(
            task: tasks[task], scaling: source.scaling,
            targetReturn: source.statistics.targetReturn(options.targetReturn, task: tasks[task]), prompts: prompts)
    }
}

extension BatchShape {
    /// Segments of padding with the batch's widths.
    fileprivate func segments(rows: Int, length: Int) -> StepSegments {
        StepSegments(rows: rows, length: length, stateWidth: stateWidth, actionWidth: actionWidth)
    }

    /// - Throws: ``DataError`` where the task is wider than the batch.
    fileprivate func check(fits task: TaskSpecification) throws {
        for (what, needed, given) in [
            ("observation numbers", task.observationWidth, stateWidth),
            ("action numbers", task.actionWidth, actionWidth),
        ] where needed > given {
            throw DataError(.widthTooSmall(what: what, needed: needed, given: given), task: task.name)
        }
    }
}
