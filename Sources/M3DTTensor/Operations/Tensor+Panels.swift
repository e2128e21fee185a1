import CTorchBridge
import M3DTStorage

/// Products with frozen weights, laid out once in panels for the processor's vectors.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// Whether this processor has them: it needs AVX2 with FMA, or AVX-512 with bfloat16.
    public static let hasPanels = m3dt_has_panels()

    /// Whether products in this type can be taken with panels.
    public static func hasPanels(_ type: ElementType) -> Bool {
        hasPanels && (type == .float32 || type == .bfloat16)
    }

    /// Matrices [E, K, N] as panels.
    func panels() throws -> Tensor {
        try .make("panels", [self]) { m3dt_panels(handle, $0) }
    }

    /// A linear map of the last dimension by the panels of a matrix [in, out], without gradients; made for few rows.
    ///
    /// Shapes: self [..., in], `bias` [out]; result [..., out].
    /// - Parameter rectifies: Puts 0 instead of negative numbers.
    public func frozenLinear(_ panels: Tensor, bias: Tensor, rectifies: Bool = false) throws -> Tensor {
        try .make("frozenLinear", [self, panels, bias]) {
            m3dt_frozen_linear(handle, panels.handle, bias.handle, rectifies, $0)
        }
    }

    /// As ``mixture(gates:inWeight:inBias:outWeight:outBias:dropout:)``, with frozen weights; gradients reach the input and the gates.
    ///
    /// - Parameters:
    ///   - inWeight: Panels of A, and `outWeight` of B.
    ///   - transposed: Panels of both transposed, which the gradient of the input needs.
    public func frozenMixture(
        gates: Tensor, inWeight: Tensor, inBias: Tensor, outWeight: Tensor, outBias: Tensor,
        transposed: (inWeight: Tensor, outWeight: Tensor)?
    ) throws -> Tensor {
        try .make("frozenMixture", [self, gates, inWeight, inBias, outWeight, outBias]) {
            m3dt_frozen_mixture(
                handle, gates.handle, inWeight.handle, inBias.handle, outWeight.handle, outBias.handle,
                transposed?.outWeight.handle, transposed?.inWeight.handle, $0)
        }
    }
}
