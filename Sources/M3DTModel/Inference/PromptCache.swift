import M3DTTensor

// Legend: B rows, P prompt steps, D width.

/// What a model keeps of prompts: the keys and values of their tokens in every block.
///
/// A prompt stands before the context and sees nothing of it, so these never change, and reading from them is exact.
public struct PromptCache {
    /// For each block those of all prompt tokens, [B, heads, 3P, D / heads].
    let keyValues: [KeyValues]
    /// [B, 3P], 1 for a real token and 0 for padding.
    let tokenMask: Tensor

    /// Puts rows of several caches together.
    ///
    /// - Throws: ``TensorError/operation(name:shapes:message:)`` where the prompts differ in length.
    public static func joined(_ caches: [PromptCache]) throws -> PromptCache {
        try PromptCache(
            keyValues: caches[0].keyValues.indices.map { block in
                try KeyValues(
                    keys: .concatenated(caches.map { $0.keyValues[block].keys }, dimension: 0),
                    values: .concatenated(caches.map { $0.keyValues[block].values }, dimension: 0))
            },
            tokenMask: .concatenated(caches.map(\.tokenMask), dimension: 0))
    }
}

extension PromptDT {
    /// Computes what later contexts need of prompts.
    ///
    /// - Parameter branch: The same as for the contexts.
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func promptCache(
        _ prompt: StepTensors, branch: BranchPass? = nil, _ context: ForwardContext
    ) throws -> PromptCache {
        let mask = try tokenMask(prompt)
        let (_, keyValues) = try transform(
            promptTokens(prompt, context), keyMask: mask, past: nil, branch: branch, context)
        return PromptCache(keyValues: keyValues, tokenMask: mask)
    }
}
