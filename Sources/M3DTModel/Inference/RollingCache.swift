import M3DTTensor

// Legend: B rows, N kept tokens, K context steps, n tokens of a step, D width, A action.

/// What a model keeps of the recent steps of episodes: the keys and values of their tokens in every block.
///
/// With it a step costs n tokens instead of the whole context. Until an episode has K steps the actions are those of a
/// context computed anew, up to rounding, since later tokens never change earlier ones. From then on a kept token still knows
/// something of steps that have left the context, so in all blocks but the first its keys and values are others.
public struct RollingCache {
    /// For each block those of the kept tokens, [B, heads, N, D / heads].
    let keyValues: [KeyValues]
    /// [B, N], 1 for a real token and 0 for padding, which is on the left.
    let tokenMask: Tensor

    /// The number of episodes B.
    public var rows: Int { tokenMask.shape[0] }
    /// The number of kept tokens N.
    var length: Int { tokenMask.shape[1] }

    /// One row alone.
    ///
    /// - Throws: ``TensorError`` where there is no such row.
    public func row(_ row: Int) throws -> RollingCache { try map { try $0.narrowed(0, row..<row + 1) } }

    /// An episode that has no steps yet.
    ///
    /// - Throws: ``TensorError`` where there is no row.
    public func emptyRow() throws -> RollingCache {
        let row = try row(0)
        return try RollingCache(
            keyValues: row.keyValues.map {
                try KeyValues(keys: $0.keys.narrowed(2, 0..<0), values: $0.values.narrowed(2, 0..<0))
            },
            tokenMask: row.tokenMask.narrowed(1, 0..<0))
    }

    /// Puts rows of several caches together, padded on the left to the longest.
    ///
    /// - Throws: ``TensorError`` where they are not of the same model.
    public static func joined(_ caches: [RollingCache]) throws -> RollingCache {
        let length = caches.map(\.length).max() ?? 0
        let padded = try caches.map { try $0.padded(to: length) }
        return try RollingCache(
            keyValues: padded[0].keyValues.indices.map { block in
                try KeyValues(
                    keys: .concatenated(padded.map { $0.keyValues[block].keys }, dimension: 0),
                    values: .concatenated(padded.map { $0.keyValues[block].values }, dimension: 0))
            },
            tokenMask: .concatenated(padded.map(\.tokenMask), dimension: 0))
    }

    private func padded(to count: Int) throws -> RollingCache {
        guard count > length else { return self }
        func pad(_ tensor: Tensor, _ dimension: Int) throws -> Tensor {
            var shape = tensor.shape
            shape[dimension] = count - length
            let zeros = try Tensor.zeros(shape, type: tensor.type, device: tensor.device)
            return try .concatenated([zeros, tensor], dimension: dimension)
        }
        return try RollingCache(
            keyValues: keyValues.map { try KeyValues(keys: pad($0.keys, 2), values: pad($0.values, 2)) },
            tokenMask: pad(tokenMask, 1))
    }

    private func map(_ change: (Tensor) throws -> Tensor) throws -> RollingCache {
        try RollingCache(
            keyValues: keyValues.map { try KeyValues(keys: change($0.keys), values: change($0.values)) },
            tokenMask: change(tokenMask))
    }
}

extension PromptDT {
    /// Predicts the action of the newest step, and computes that step alone.
    ///
    /// Shapes: result [B, A], float32, in -1 ... 1, and what to keep for the step after.
    /// - Parameters:
    ///   - newest: Two steps of B rows: the one before, whose action is new, and the one that is to be acted in. In a row's first
    ///     step the one before is padding.
    ///   - recent: What the step before gave; nothing in the first step of all rows.
    ///   - branch: One that looks at single tokens; others need what they were given before.
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func nextAction(
        newest: StepTensors, recent: RollingCache?, prompt: PromptCache?, branch: BranchPass? = nil,
        _ context: ForwardContext
    ) throws -> (action: Tensor, recent: RollingCache) {
        let perStep = configuration.tokensPerStep
        // The action of the first step, and all of the second but its action.
        let fresh = perStep - 1..<2 * perStep - 1
        let tokens = try contextTokens(newest, context).narrowed(1, fresh)
        let mask = try tokenMask(newest).narrowed(1, fresh)
        let known = try Tensor.joined(recent?.tokenMask, mask, dimension: 1)
        let (output, own) = try transformer(
            tokens, outputs: .last(1), keyMask: .joined(prompt?.tokenMask, known, dimension: 1),
            past: [prompt?.keyValues, recent?.keyValues].compactMap { $0 }, branch: branch, context)
        // The next step's state token is to see as many as it does in a context of K steps.
        let kept = min(known.shape[1], max(perStep * configuration.contextSteps - 1 - perStep, 0))
        let next = try RollingCache(
            keyValues: own.indices.map { block in
                let all = try KeyValues.joined((recent.map { [$0.keyValues[block]] } ?? []) + [own[block]])
                return try KeyValues(keys: all.keys.last(kept, of: 2), values: all.values.last(kept, of: 2))
            },
            tokenMask: known.last(kept, of: 1))
        return (try action(from: output.reshaped([output.shape[0], output.shape[2]]), context), next)
    }
}
