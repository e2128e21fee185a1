import M3DTTensor

// Legend: P numbers in the weights that are masked.

/// One task's exchange of weights: those that serve it least for those that serve it and the other tasks most.
///
/// The harmony of a weight is its gradient in the task times the mean of its gradients in all tasks.
/// Source: HarmoDT, the update of its masks.
enum HarmonyExchange {
    // Beyond every score; of entries that are not up for choice.
    private static let never = -Double.infinity

    /// The new mask.
    ///
    /// Given up are the `count` active weights of the least gamma x harmony + squared gradient; taken on are the `count` inactive
    /// ones of the highest harmony. Fewer where there are not so many of either kind.
    /// Shapes: `mask` [P], uint8; `gradient` and `mean` [P], float32; result as `mask`.
    static func mask(_ mask: Tensor, gradient: Tensor, mean: Tensor, count: Int, gamma: Double) throws -> Tensor {
        let active = try mask.converted(to: .float32)
        let activeCount = Int(try active.converted(to: .float64).sum().scalar())
        let exchanged = min(count, activeCount, mask.count - activeCount)
        if exchanged == 0 { return mask }
        let harmony = try gradient * mean
        let worth = try harmony * gamma + gradient.square()
        let isActive = try active.greater(than: 0)
        let givenUp = try (-worth).whereTrue(isActive, otherwise: never).topK(exchanged).indices
        let takenOn = try harmony.whereTrue(active.less(than: 1), otherwise: never).topK(exchanged).indices
        var values: [UInt8] = try mask.elements()
        for index in try givenUp.elements(Int64.self) { values[Int(index)] = 0 }
        for index in try takenOn.elements(Int64.self) { values[Int(index)] = 1 }
        return try .of(values, shape: [mask.count], device: mask.device)
    }
}
