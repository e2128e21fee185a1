import M3DTTensor

/// How much the gradients of the tasks work against each other, in the feed-forward networks and in attention apart.
///
/// Source: the paper's analysis of gradient conflict.
public enum GradientConflict {
    /// The parts that are measured, with how their weights' names are told.
    private static let groups: [(name: String, belongs: @Sendable (String) -> Bool)] = [
        ("attention", { $0.contains(".attn.") }),
        ("mlp", { !$0.contains(".attn.") && ($0.contains(".c_fc.") || $0.contains(".c_proj.")) }),
    ]

    /// The conflict that a ``ConflictStop`` goes by, of what ``measure(_:tasks:memory:)`` gave.
    static func conflict(_ values: [String: Double]) -> Double? { values["conflict/mlp_cosine"].map { -$0 } }

    /// The conflict of a stage with these weights and tasks can be measured.
    static func isThere(_ parameters: [NamedParameter], tasks: Int) -> Bool {
        tasks > 1 && parameters.contains { groups[1].belongs($0.name) }
    }

    /// The mean cosine over all pairs of tasks and the share of pairs whose cosine is negative, by the names of the metrics.
    ///
    /// Nothing for a group of weights that is not trained, and nothing for fewer than two tasks.
    static func measure(
        _ gradients: TaskGradients, tasks: [Int], memory: Int = GramMatrix.defaultMemory
    ) throws -> [String: Double] {
        guard tasks.count > 1 else { return [:] }
        let parameters = gradients.parameters
        let parts = groups.map { group in
            zip(parameters.parameters, parameters.ranges).filter { group.belongs($0.0.name) }.map(\.1)
        }
        let grams = try GramMatrix.products(
            count: tasks.count, length: parameters.count, parts: parts, memory: memory
        ) { try gradients.gradient(of: tasks[$0]) }
        var values: [String: Double] = [:]
        for (group, gram) in zip(groups, grams) {
            let cosines = gram.cosines
            guard !cosines.isEmpty else { continue }
            values["conflict/\(group.name)_cosine"] = cosines.reduce(0, +) / Double(cosines.count)
            values["conflict/\(group.name)_negative_share"] =
                Double(cosines.count { $0 < 0 }) / Double(cosines.count)
        }
        return values
    }
}
