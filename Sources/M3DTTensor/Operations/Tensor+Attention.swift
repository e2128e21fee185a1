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

    /// The same for the last of these tokens, which follow those of the past, without dropout and without gradients.
    ///
    /// Shapes: self [B, T, 3 D], keys and values of each part of the past [B, heads, Tp, W], `keyMask` [B, Tk] for all of them in
    /// turn and then these T; result [B, Tq, D].
    /// - Parameter queries: Tq.
    public func attention(
        after past: [(keys: Tensor, values: Tensor)], heads: Int, keyMask: Tensor, queries: Int
    ) throws -> Tensor {
        let (keys, values) = (past.map { Optional($0.keys.handle) }, past.map { Optional($0.values.handle) })
        return try .make("attention", [self, keyMask] + past.flatMap { [$0.keys, $0.values] }) { out in
            keys.withUnsafeBufferPointer { keys in
                values.withUnsafeBufferPointer { values in
                    m3dt_attend(
                        handle, keys.baseAddress, values.baseAddress, keys.count, keyMask.handle, Int64(heads),
                        Int64(queries), out)
                }
            }
        }
    }
}
