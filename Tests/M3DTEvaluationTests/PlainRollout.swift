import M3DTModel
import M3DTTasks
import M3DTTensor

@testable import M3DTEvaluation

/// One episode played in the plainest way: every step anew through the whole model, over the prompt and a context that is
/// always K steps long, as the reference does.
final class PlainRollout {
    private let policy: M3DTPolicy
    private let profile: TaskProfile
    private let promptRow: Int
    private var states: [[Float]] = []
    private var actions: [[Float]] = []
    private var returnsToGo: [Float] = []

    init(_ policy: M3DTPolicy, task: String, promptRow: Int) throws {
        self.policy = policy
        self.promptRow = promptRow
        profile = try policy.profile(of: task)
    }

    func act(observation: [Double], reward: Double, earlier: Double) throws -> [Double] {
        let model = policy.description.model
        states.append(
            profile.scaling.scaled(observation) + [Float](repeating: 0, count: model.stateWidth - observation.count))
        returnsToGo.append(Float((profile.targetReturn - earlier - reward) / profile.task.returnScale))
        actions.append([Float](repeating: 0, count: model.actionWidth))
        let (count, limit) = (states.count, model.contextSteps)
        let kept = max(0, count - limit)..<count
        let padding = limit - kept.count
        let zeros = [Float](repeating: 0, count: padding)
        let context = try StepTensors(
            states: .of(
                [Float](repeating: 0, count: padding * model.stateWidth) + states[kept].joined(),
                shape: [1, limit, model.stateWidth]),
            actions: .of(
                [Float](repeating: 0, count: padding * model.actionWidth) + actions[kept].joined(),
                shape: [1, limit, model.actionWidth]),
            returnsToGo: .of(zeros + returnsToGo[kept], shape: [1, limit, 1]),
            timesteps: .of([Int64](repeating: 0, count: padding) + kept.map(Int64.init), shape: [1, limit]),
            mask: .of(zeros + kept.map { _ in 1 }, shape: [1, limit]))
        let prompt = model.promptSteps == 0 ? nil : try StepTensors(profile.prompts.row(promptRow), device: .cpu)
        let pass = ForwardContext(precision: policy.precision)
        let predicted = try policy.backbone.actions(
            ModelInput(context: context, prompt: prompt), branch: policy.branch.map { BranchPass($0, pass) }, pass)
        let last = Array(try predicted.floats().suffix(model.actionWidth))
        let width = profile.task.actionWidth
        actions[count - 1] = last.enumerated().map { $0 < width || policy.description.leaksUnusedActions ? $1 : 0 }
        return last.prefix(width).map(Double.init)
    }
}
