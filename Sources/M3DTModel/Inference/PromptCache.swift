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
                func joined(_ part: (KeyValues) -> Tensor?) throws -> Tensor? {
                    let parts = caches.compactMap { part($0.keyValues[block]) }
                    return parts.isEmpty ? nil : try .concatenated(parts, dimension: 0)
                }
                return try KeyValues(
                    keys: joined(\.keys)!, values: joined(\.values)!, branchInput: joined(\.branchInput))
            },
            tokenMask: .concatenated(caches.map(\.tokenMask), dimension: 0))
    }
}

extension SequenceModel {
    /// Computes what later contexts need of prompts.
    ///
    /// - Parameter branch: The same as for the contexts.
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func promptCache(
        _ prompt: StepTensors, branch: BranchPass? = nil, _ context: ForwardContext
    ) throws -> PromptCache {
        let mask = try tokenMask(prompt)
        let (_, keyValues) = try transformer(
            promptTokens(prompt, context), keyMask: mask, branch: branch, context)
        return PromptCache(keyValues: keyValues, tokenMask: mask)
    }
}
