import CTorchBridge

// Legend: B rows, T tokens, Tq queries, Tk keys, D width of all heads together, W width of one.

/// Causal self-attention in one operation, for short sequences.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// Whether there is such an operation on this processor for heads of this width.
    public static func canAttend(headWidth: Int, keys: Int) -> Bool {
        m3dt_can_attend(Int64(headWidth), Int64(keys))
    }

    /// The heads' outputs side by side, from queries, keys and values side by side.
    ///
    /// A key in the future has its score replaced by -10,000, and a padded one 10,000 taken off.
    /// Shapes: self [B, T, 3 D], `keyMask` [B, T], 1 for a real token; result [B, T, D].
    /// - Parameter dropout: Which weights are dropped. Default: none.
    public func attention(heads: Int, keyMask: Tensor, dropout: DropoutDraw? = nil) throws -> Tensor {
        var drop = (dropout ?? DropoutDraw(probability: 0, key: 0)).drop
        return try .make("attention", [self, keyMask]) {
            m3dt_attention(handle, keyMask.handle, Int64(heads), &drop, $0)
        }
    }

    /// The same for queries that are the last of the keys, without dropout and without gradients.
    ///
    /// Shapes: self [B, heads, Tq, W], `keys` and `values` [B, heads, Tk, W], `keyMask` [B, Tk]; result [B, Tq, D].
    public func attended(keys: Tensor, values: Tensor, keyMask: Tensor) throws -> Tensor {
        try .make("attended", [self, keys, values, keyMask]) {
            m3dt_attend(handle, keys.handle, values.handle, keyMask.handle, $0)
        }
    }
}
