import M3DTModel
import M3DTTasks

extension PolicyDescription {
    /// Checks that the tasks fit the model.
    ///
    /// - Throws: ``PolicyError/unsound(problem:)`` for the first thing that does not fit; ``ModelError`` for sizes that make no
    ///   sense.
    public func validate() throws {
        try model.validate()
        try mixture?.validate()
        if mixture != nil, taskWeights != .shared {
            throw PolicyError.unsound(problem: "a mixture goes with shared weights, not \(taskWeights.rawValue) ones")
        }
        if tasks.isEmpty { throw PolicyError.unsound(problem: "it knows no task") }
        var names: Set<String> = []
        for profile in tasks {
            guard names.insert(profile.task.name).inserted else {
                throw PolicyError.unsound(problem: "task '\(profile.task.name)' is there twice")
            }
            if let problem = taskProblem(profile) ?? scalingProblem(profile) ?? promptProblem(profile) {
                throw PolicyError.unsound(problem: "task '\(profile.task.name)': \(problem)")
            }
        }
    }

    private func taskProblem(_ profile: TaskProfile) -> String? {
        let task = profile.task
        if !(1...model.stateWidth).contains(task.observationWidth) {
            return "\(task.observationWidth) observed numbers do not fit the model's \(model.stateWidth)"
        }
        if !(1...model.actionWidth).contains(task.actionWidth) {
            return "\(task.actionWidth) numbers of an action do not fit the model's \(model.actionWidth)"
        }
        if !(1...model.episodeSteps).contains(task.episodeSteps) {
            return "episodes of \(task.episodeSteps) steps do not fit the model's \(model.episodeSteps) timesteps"
        }
        if !(task.returnScale > 0 && task.returnScale.isFinite) {
            return "the return scale must be positive, not \(task.returnScale)"
        }
        return profile.targetReturn.isFinite ? nil : "the target return is not finite"
    }

    private func scalingProblem(_ profile: TaskProfile) -> String? {
        let scaling = profile.scaling
        let width = profile.task.observationWidth
        if scaling.mean.count != width || scaling.deviation.count != width {
            return "\(width) means and deviations are needed, not \(scaling.mean.count) and \(scaling.deviation.count)"
        }
        let finite = scaling.mean.allSatisfy(\.isFinite) && scaling.deviation.allSatisfy(\.isFinite)
        if !finite || !scaling.deviation.allSatisfy({ $0 > 0 }) {
            return "means must be finite, and deviations finite and positive"
        }
        if let clip = scaling.clip, !(clip > 0) { return "the clip of observations must be positive, not \(clip)" }
        return nil
    }

    private func promptProblem(_ profile: TaskProfile) -> String? {
        if model.promptSteps == 0 { return nil }
        let prompts = profile.prompts
        if prompts.rows < 1 { return "the model needs a prompt, and there is none" }
        let expected = (model.promptSteps, model.stateWidth, model.actionWidth)
        if (prompts.length, prompts.stateWidth, prompts.actionWidth) != expected {
            return
                "prompts of \(prompts.length) steps with \(prompts.stateWidth) and \(prompts.actionWidth) numbers do not "
                + "fit the model's \(expected.0) steps with \(expected.1) and \(expected.2)"
        }
        let slots = prompts.rows * prompts.length
        let whole =
            prompts.states.count == slots * model.stateWidth && prompts.actions.count == slots * model.actionWidth
            && [prompts.returnsToGo.count, prompts.timesteps.count, prompts.mask.count].allSatisfy { $0 == slots }
        if !whole { return "the prompts' arrays do not hold \(slots) steps" }
        if !(prompts.states + prompts.actions + prompts.returnsToGo).allSatisfy(\.isFinite) {
            return "a number in the prompts is not finite"
        }
        if !prompts.mask.allSatisfy({ $0 == 0 || $0 == 1 }) { return "the prompts' mask must hold zeros and ones" }
        let timesteps = 0..<Int64(model.episodeSteps)
        return prompts.timesteps.allSatisfy(timesteps.contains) ? nil : "a timestep in the prompts is out of range"
    }
}
