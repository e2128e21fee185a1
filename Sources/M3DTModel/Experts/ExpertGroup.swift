import M3DTTensor

// Legend: E experts, B rows, T tokens, D width.

/// Several experts in one pass, none of which knows of the others: each gets an equal part of the rows, in order.
public final class ExpertGroup: FeedForwardBranch {
    /// E.
    public let count: Int
    private let blocks: [ExpertStack]

    /// Copies the weights of feed-forward experts.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where they look back, ``TensorError`` where their sizes differ.
    public init(_ experts: [Expert]) throws {
        guard !experts.isEmpty, experts.allSatisfy({ !$0.looksBack }) else {
            throw ModelError.configuration(
                field: "expert.form", problem: "must be feedForward where experts are computed together")
        }
        count = experts.count
        blocks = try experts[0].blocks.indices.map { index in
            try ExpertStack(experts.compactMap { $0.blocks[index] as? FeedForward })
        }
    }

    /// As those of one expert, by name and order, with E before each shape.
    public var namedParameters: [NamedParameter] {
        blocks.enumerated().flatMap { $1.namedParameters(under: "block_\($0)") }
    }

    public var looksBack: Bool { false }

    public func callAsFunction(
        _ hidden: Tensor, block: Int, mask: AttentionMask, _ pass: BranchPass
    ) throws -> Tensor {
        try blocks[block].apart(hidden, pass.experts)
    }

    /// Gives each expert its weights.
    ///
    /// - Throws: ``TensorError`` where the experts have other sizes.
    public func copyWeights(to experts: [Expert]) throws {
        precondition(experts.count == count, "\(experts.count) experts are not the \(count) of the group")
        for (number, expert) in experts.enumerated() {
            for (own, stacked) in zip(expert.namedParameters, namedParameters) {
                let weight = try stacked.parameter.value.narrowed(0, number..<number + 1)
                try own.parameter.assign(weight.reshaped(own.parameter.value.shape))
            }
        }
    }
}
