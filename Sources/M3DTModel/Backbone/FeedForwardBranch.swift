import M3DTTensor

/// Something that stands beside the feed-forward network of every block and adds to its output: an expert, or a mixture.
public protocol FeedForwardBranch: Module {
    /// What the branch adds in one block.
    ///
    /// Shapes: `hidden` [B, T, D], after the block's second normalisation; result the same.
    /// - Throws: ``TensorError`` where an operation fails.
    func callAsFunction(_ hidden: Tensor, block: Int, _ context: ForwardContext) throws -> Tensor
}

/// A branch and how it is computed, which may differ from the backbone: frozen parts have no dropout.
public struct BranchPass {
    public let branch: any FeedForwardBranch
    public let context: ForwardContext

    public init(_ branch: any FeedForwardBranch, _ context: ForwardContext) {
        self.branch = branch
        self.context = context
    }
}
