import CTorchBridge

/// The settings of ``AdamW``.
public struct AdamWSettings: Codable, Sendable, Equatable {
    /// How much of the running mean of gradients is kept each step.
    public var beta1 = 0.9
    /// How much of the running mean of squared gradients is kept each step.
    public var beta2 = 0.999
    /// Added to the root of the mean square.
    public var epsilon = 1e-8
    /// Decoupled: weights shrink by learning rate times this a step.
    public var weightDecay = 1e-4
    /// Gradients whose joint Euclidean norm is larger are scaled down to it.
    public var gradientNormLimit = 0.25

    /// The values of the reference release.
    public init() {}
}

/// Adam with decoupled weight decay and a limit on the gradient's norm.
///
/// Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class AdamW {
    /// The weights that are moved.
    public let parameters: FlatParameters
    /// How they are moved.
    public let settings: AdamWSettings
    /// Running mean of the gradients, float32, as long as the parameters.
    public let firstMoment: Tensor
    /// Running mean of their squares.
    public let secondMoment: Tensor
    /// Steps taken so far.
    public private(set) var stepCount = 0

    /// Starts with both running means at 0.
    public init(_ parameters: FlatParameters, settings: AdamWSettings = AdamWSettings()) throws {
        self.parameters = parameters
        self.settings = settings
        firstMoment = try .zeros([parameters.count], device: parameters.values.device)
        secondMoment = try .zeros([parameters.count], device: parameters.values.device)
    }

    /// Clips the gradients, moves the weights, and sets the gradients to zero.
    ///
    /// - Parameter norm: The norm that is limited, where it is not that of the gradients as they are.
    /// - Returns: The gradient's norm before clipping.
    /// - Precondition: The parameters are one part.
    /// - Throws: ``TensorError/notFinite(what:)`` where the norm is not finite; then nothing has been changed.
    @discardableResult
    public func step(learningRate: Double, norm: Double? = nil) throws -> Double {
        let norm = try norm ?? parameters.gradients.euclideanNorm()
        guard norm.isFinite else { throw TensorError.notFinite(what: "the gradient's norm") }
        try move(learningRate, norms: [norm])
        return norm
    }

    /// Clips the gradients of each part by their own norm, moves the weights, and sets the gradients to zero.
    ///
    /// - Returns: The norm of each part before clipping. Where one is not finite, nothing has been changed.
    public func stepParts(learningRate: Double) throws -> [Double] {
        let norms = try parameters.split(parameters.gradients).map { try $0.euclideanNorm() }
        if norms.allSatisfy(\.isFinite) { try move(learningRate, norms: norms) }
        return norms
    }

    private func move(_ learningRate: Double, norms: [Double]) throws {
        let buffers = [parameters.values, parameters.gradients, firstMoment, secondMoment]
        let parts = try buffers.map(parameters.split)
        for (part, norm) in norms.enumerated() {
            var call = m3dt_adamw(
                learning_rate: learningRate, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
                weight_decay: settings.weightDecay,
                gradient_factor: min(1, settings.gradientNormLimit / (norm + 1e-6)), step: Int64(stepCount + 1))
            let own = parts.map { $0[part] }
            let status = m3dt_adamw_step(&call, own[0].handle, own[1].handle, own[2].handle, own[3].handle)
            try Tensor.check("AdamW", own, status)
        }
        stepCount += 1
        try parameters.zeroGradients()
    }

    /// Goes on from a saved state.
    public func restore(firstMoment: Tensor, secondMoment: Tensor, stepCount: Int) throws {
        try self.firstMoment.assign(firstMoment)
        try self.secondMoment.assign(secondMoment)
        self.stepCount = stepCount
    }
}

extension Tensor {
    /// The square root of the sum of squares of a contiguous float32 tensor, summed in double precision.
    ///
    /// The order of the sum does not depend on the number of threads.
    /// - Throws: ``TensorError`` for a tensor of another type or layout.
    public func euclideanNorm() throws -> Double {
        var sum = 0.0
        try Tensor.check("the Euclidean norm", [self], m3dt_sum_of_squares(handle, &sum))
        return sum.squareRoot()
    }
}
