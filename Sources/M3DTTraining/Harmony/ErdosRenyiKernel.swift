/// How a number of active weights is shared out over layers: the larger a layer, the sparser.
///
/// A layer's density is proportional to the sum of its dimensions over their product, at most 1; biases stay dense.
/// Source: Evci et al., "Rigging the lottery", 2020, as HarmoDT uses it.
enum ErdosRenyiKernel {
    /// The density of each layer such that all together have the given one.
    ///
    /// - Parameter shapes: Of the layers' weights.
    static func densities(_ shapes: [[Int]], density: Double) -> [Double] {
        let counts = shapes.map { Double($0.reduce(1, *)) }
        let raw = zip(shapes, counts).map { Double($0.reduce(0, +)) / $1 }
        var dense: Set<Int> = []
        while true {
            let sparse = shapes.indices.filter { !dense.contains($0) }
            let wanted = density * counts.reduce(0, +) - dense.reduce(0) { $0 + counts[$1] }
            let scale = wanted / sparse.reduce(0) { $0 + raw[$1] * counts[$1] }
            // Those that would be more than dense are dense, and the rest is shared out anew.
            let full = sparse.filter { raw[$0] * scale > 1 }
            if full.isEmpty || sparse.isEmpty {
                return shapes.indices.map { dense.contains($0) ? 1 : max(raw[$0] * scale, 0) }
            }
            let largest = full.map { raw[$0] }.max()!
            dense.formUnion(full.filter { raw[$0] == largest })
        }
    }
}
