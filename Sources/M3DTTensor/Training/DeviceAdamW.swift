import CTorchBridge

/// Steps that the host does not wait for: norm, limit and rate are numbers on the device.
///
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class DeviceAdamW {
    private let optimizer: AdamW
    /// Steps taken, float32, as the fused kernel takes it.
    private let steps: Tensor
    private let learningRate: Tensor

    /// Goes on from where the optimiser stands; from then on that takes no steps by itself.
    ///
    /// - Precondition: The weights are not on the CPU, unless device forms are compared.
    public init(_ optimizer: AdamW) throws {
        self.optimizer = optimizer
        let device = optimizer.parameters.values.device
        steps = try .full(Double(optimizer.stepCount), shape: [], device: device)
        learningRate = try .zeros([], device: device)
    }

    /// The rate of the coming steps.
    public func setLearningRate(_ rate: Double) throws {
        try learningRate.fill(rate)
    }

    /// Clips the gradients, moves the weights, and sets the gradients to zero; nothing is moved where the norm is not finite.
    ///
    /// May be part of ``RecordedWork``.
    /// - Returns: The gradient's norm before clipping, float64: one number, or one for each of several parts.
    public func step() throws -> Tensor {
        let settings = optimizer.settings
        var constants = m3dt_adamw()
        constants.beta1 = settings.beta1
        constants.beta2 = settings.beta2
        constants.epsilon = settings.epsilon
        constants.weight_decay = settings.weightDecay
        let parameters = optimizer.parameters
        let shape = parameters.parts == 1 ? [-1] : [parameters.parts, -1]
        let buffers = try [parameters.values, parameters.gradients, optimizer.firstMoment, optimizer.secondMoment]
            .map { try $0.reshaped(shape) }
        let norm = try Tensor.make("AdamW", buffers) {
            m3dt_adamw_on_device(
                &constants, settings.gradientNormLimit, buffers[0].handle, buffers[1].handle, buffers[2].handle,
                buffers[3].handle, steps.handle, learningRate.handle, $0)
        }
        try optimizer.parameters.zeroGradients()
        return norm
    }
}
