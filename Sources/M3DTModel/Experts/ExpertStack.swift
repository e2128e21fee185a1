import M3DTStorage
import M3DTTensor

/// The feed-forward networks of several experts in one block, stacked: for the mixture, or to be trained together.
///
/// Shapes: E experts, D width, H hidden units, B rows, T tokens.
public final class ExpertStack: Module {
    /// [E, D, H]
    public let inWeight: Parameter
    /// [E, H]
    public let inBias: Parameter
    /// [E, H, D]
    public let outWeight: Parameter
    /// [E, D]
    public let outBias: Parameter
    private let dropout: Double

    /// Copies the networks that the experts have in one block.
    init(_ networks: [FeedForward]) throws {
        func stack(_ weight: (FeedForward) -> Parameter) throws -> Parameter {
            try Gradients.off { Parameter(try .stacked(networks.map { weight($0).value }, dimension: 0)) }
        }
        inWeight = try stack(\.input.weight)
        inBias = try stack(\.input.bias)
        outWeight = try stack(\.output.weight)
        outBias = try stack(\.output.bias)
        dropout = networks[0].dropout
    }

    public var namedParameters: [NamedParameter] {
        [
            NamedParameter("c_fc.weight", inWeight), NamedParameter("c_fc.bias", inBias),
            NamedParameter("c_proj.weight", outWeight), NamedParameter("c_proj.bias", outBias),
        ]
    }

    /// All experts for every token, each with dropout of its own.
    ///
    /// Shapes: `hidden` [B, T, D], `gates` [B, T, E]; result [B, T, D].
    func dense(_ hidden: Tensor, gates: Tensor, _ context: ForwardContext) throws -> Tensor {
        let (type, shape) = (context.precision.elementType, hidden.shape)
        let draw = context.draw(dropout)
        if draw == nil, hasPanels(type) {
            return try frozen(rows(hidden, context), gates: rows(gates), type).reshaped(shape)
        }
        return try rows(hidden, context).mixture(
            gates: rows(gates), inWeight: inWeight.value(as: type), inBias: inBias.value(as: type),
            outWeight: outWeight.value(as: type), outBias: outBias.value(as: type), dropout: draw
        ).reshaped(shape)
    }

    /// Whether the weights are frozen, and this machine has faster products for such.
    private func hasPanels(_ type: ElementType) -> Bool {
        let weights = [inWeight, inBias, outWeight, outBias]
        return weights.allSatisfy { !$0.isTrainable && !$0.value.takesDeviceForm }
            && Tensor.hasPanels(type)
            // Numbers of bfloat16 come in pairs.
            && (type == .float32 || inWeight.value.shape.dropFirst().allSatisfy { $0.isMultiple(of: 2) })
    }

    /// Shapes: `hidden` [B T, D], `gates` [B T, E]; result [B T, D].
    private func frozen(_ hidden: Tensor, gates: Tensor, _ type: ElementType) throws -> Tensor {
        // Below the first router nothing needs a gradient.
        let transposed =
            hidden.requiresGradient
            ? (try inWeight.panels(as: type, transposed: true), try outWeight.panels(as: type, transposed: true)) : nil
        return try hidden.frozenMixture(
            gates: gates, inWeight: inWeight.panels(as: type), inBias: inBias.value(as: type),
            outWeight: outWeight.panels(as: type), outBias: outBias.value(as: type), transposed: transposed)
    }

    /// The experts whose gate is not 0 alone, with dropout of their sum.
    ///
    /// Shapes: as ``dense(_:gates:_:)``.
    func sparse(_ hidden: Tensor, gates: Tensor, _ context: ForwardContext) throws -> Tensor {
        let (type, shape) = (context.precision.elementType, hidden.shape)
        let sum = try rows(hidden, context).sparseMixture(
            gates: rows(gates), inWeight: inWeight.value(as: type), inBias: inBias.value(as: type),
            outWeight: outWeight.value(as: type), outBias: outBias.value(as: type))
        return try context.dropout(sum, dropout).reshaped(shape)
    }

    /// All experts, each on an input of its own for every token.
    ///
    /// Shapes: `inputs` [B, E, T, D], `gates` [B, T, E]; result [B, T, D].
    func soft(_ inputs: Tensor, gates: Tensor, _ context: ForwardContext) throws -> Tensor {
        let (rows, experts, tokens, width) = (inputs.shape[0], inputs.shape[1], inputs.shape[2], inputs.shape[3])
        let own = try inputs.permuted([1, 0, 2, 3]).reshaped([experts, rows * tokens, width])
        let outputs = try context.dropout(self.outputs(own, context), dropout)
        let weights = try gates.permuted([2, 0, 1]).reshaped([experts, rows * tokens, 1])
        return try (outputs.converted(to: .float32) * weights).sum([0]).reshaped([rows, tokens, width])
    }

    /// Each expert for its own part of the rows, with dropout.
    ///
    /// Shapes: `hidden` [B, T, D], where the first B / E rows are the first expert's; result the same.
    func apart(_ hidden: Tensor, _ context: ForwardContext) throws -> Tensor {
        let own = try hidden.reshaped([inWeight.value.shape[0], -1, hidden.shape[2]])
        return try context.dropout(outputs(own, context).reshaped(hidden.shape), dropout)
    }

    /// Shapes: `inputs` [E, M, D], of each expert; result the same.
    private func outputs(_ inputs: Tensor, _ context: ForwardContext) throws -> Tensor {
        let type = context.precision.elementType
        func bias(_ parameter: Parameter) throws -> Tensor {
            try parameter.value(as: type).reshaped([inputs.shape[0], 1, parameter.value.shape[1]])
        }
        let hidden = try inputs.converted(to: type).matmul(inWeight.value(as: type)) + bias(inBias)
        return try hidden.relu().matmul(outWeight.value(as: type)) + bias(outBias)
    }

    private func rows(_ hidden: Tensor, _ context: ForwardContext) throws -> Tensor {
        try rows(hidden.converted(to: context.precision.elementType))
    }

    /// [B, T, n] as [B T, n].
    private func rows(_ tensor: Tensor) throws -> Tensor {
        try tensor.reshaped([tensor.shape[0] * tensor.shape[1], tensor.shape[2]])
    }
}
