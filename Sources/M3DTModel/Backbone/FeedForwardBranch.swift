import M3DTTensor

/// Something that stands beside the feed-forward network of every block and adds to its output: an expert, or a mixture.
public protocol FeedForwardBranch: Module {
    /// What it adds to a token depends on earlier tokens as well, which it then is given.
    var looksBack: Bool { get }

    /// What the branch adds in one block.
    ///
    /// Shapes: `hidden` after the block's second normalisation, [B, Tq, D], or [B, Tk, D] with all tokens so far for a branch
    /// that looks back; result [B, Tq, D] for the last Tq tokens.
    /// - Parameter mask: Which of the Tk tokens each of the Tq may look at.
    /// - Throws: ``TensorError`` where an operation fails.
    func callAsFunction(_ hidden: Tensor, block: Int, mask: AttentionMask, _ pass: BranchPass) throws -> Tensor
}

/// A branch and how it is computed, which may differ from the backbone and between routers and experts: frozen parts have no
/// dropout.
public struct BranchPass {
    public let branch: any FeedForwardBranch
    /// How routers are computed.
    public let routers: ForwardContext
    /// How experts are computed.
    public let experts: ForwardContext

    /// - Parameter experts: Default: as the routers.
    public init(_ branch: any FeedForwardBranch, _ routers: ForwardContext, experts: ForwardContext? = nil) {
        self.branch = branch
        self.routers = routers
        self.experts = experts ?? routers
    }
}
