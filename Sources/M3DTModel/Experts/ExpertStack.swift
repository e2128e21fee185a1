import M3DTTensor

/// The feed-forward networks of all experts in one block, stacked for the mixture.
///
/// Shapes: E experts, D width, H hidden units.
public final class ExpertStack: Module {
    /// [E, D, H]
    public let inWeight: Parameter
    /// [E, H]
    public let inBias: Parameter
    /// [E, H, D]
    public let outWeight: Parameter
    /// [E, D]
    public let outBias: Parameter

    /// Copies the networks that the experts have in one block.
    init(_ networks: [FeedForward]) throws {
        func stack(_ weight: (FeedForward) -> Parameter) throws -> Parameter {
            try Gradients.off { Parameter(try .stacked(networks.map { weight($0).value }, dimension: 0)) }
        }
        inWeight = try stack(\.input.weight)
        inBias = try stack(\.input.bias)
        outWeight = try stack(\.output.weight)
        outBias = try stack(\.output.bias)
    }

    /// Room for the weights of experts that are loaded later: all zeros.
    init(_ configuration: ModelConfiguration, experts: Int) throws {
        let (width, hidden) = (configuration.width, configuration.hiddenWidth)
        inWeight = Parameter(try .zeros([experts, width, hidden]))
        inBias = Parameter(try .zeros([experts, hidden]))
        outWeight = Parameter(try .zeros([experts, hidden, width]))
        outBias = Parameter(try .zeros([experts, width]))
    }

    public var namedParameters: [NamedParameter] {
        [
            NamedParameter("c_fc.weight", inWeight), NamedParameter("c_fc.bias", inBias),
            NamedParameter("c_proj.weight", outWeight), NamedParameter("c_proj.bias", outBias),
        ]
    }

    /// Shapes: `hidden` [B, T, D], `gates` [B, T, E]; result [B, T, D].
    func callAsFunction(_ hidden: Tensor, gates: Tensor, _ context: ForwardContext) throws -> Tensor {
        let shape = hidden.shape
        let type = context.precision.elementType
        let rows = shape[0] * shape[1]
        return try hidden.converted(to: type).reshaped([rows, shape[2]])
            .mixture(
                gates: gates.reshaped([rows, gates.shape[2]]),
                inWeight: inWeight.value(as: type), inBias: inBias.value(as: type),
                outWeight: outWeight.value(as: type), outBias: outBias.value(as: type)
            ).reshaped(shape)
    }
}
