import M3DTTensor

/// The attention layers of all experts in one block, each computed in turn.
final class AttentionExperts: Module {
    private let experts: [CausalSelfAttention]

    init(_ experts: [CausalSelfAttention]) {
        self.experts = experts
    }

    var namedParameters: [NamedParameter] {
        experts.enumerated().flatMap { $1.namedParameters(under: "\($0)") }
    }

    /// Shapes: `hidden` [B, Tk, D], `gates` [B, Tq, E]; result [B, Tq, D].
    func callAsFunction(
        _ hidden: Tensor, gates: Tensor, mask: AttentionMask, _ context: ForwardContext
    ) throws -> Tensor {
        let parts = try experts.enumerated().map { index, expert in
            try expert(hidden, mask: mask, context) * gates.narrowed(2, index..<index + 1)
        }
        return try parts.dropFirst().reduce(parts[0]) { try $0 + $1 }
    }
}
