import M3DTTensor

/// Steps to learn from. Shapes: N rows of each.
struct ProximalSteps {
    /// N x F, scaled.
    let observations: Tensor
    /// N x A: actions before they were squashed.
    let raw: Tensor
    /// N x 1: the logarithm of how likely the actor that played was to choose them.
    let density: Tensor
    /// N x 1, of mean 0 and deviation 1.
    let advantages: Tensor
    /// N x 1: what the states turned out to be worth, in the value network's units.
    let returns: Tensor

    var count: Int { observations.shape[0] }

    /// The steps of the given rows.
    func selected(_ rows: Tensor) throws -> ProximalSteps {
        ProximalSteps(
            observations: try observations.selected(0, rows), raw: try raw.selected(0, rows),
            density: try density.selected(0, rows), advantages: try advantages.selected(0, rows),
            returns: try returns.selected(0, rows))
    }
}
