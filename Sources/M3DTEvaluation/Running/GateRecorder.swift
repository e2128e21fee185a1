import M3DTTensor

// Legend: B rows, T tokens, E experts.

/// The mean weight that one block's router gives an expert in a task.
public struct GateMean: Codable, Sendable, Hashable {
    public let task: String
    /// Blocks are counted from 0.
    public let block: Int
    /// Experts are counted from 0.
    public let expert: Int
    /// 0 ... 1; over the experts of a block they add up to 1.
    public let gate: Double
}

/// Collects the gates of a mixture while a policy acts.
///
/// Counted are the gates of the tokens that actions are read from, one for each step and block.
public final class GateRecorder {
    private struct Sums {
        /// For each block, the sum for each expert.
        var gates: [[Double]] = []
        /// For each block, the steps summed up.
        var steps: [Int] = []
    }

    private var sums: [String: Sums] = [:]

    public init() {}

    /// Adds the gates of one block, whose last token is the one that counts.
    ///
    /// Shapes: `gates` [B, T, E], `tasks` B.
    func note(block: Int, gates: Tensor, tasks: [String]) throws {
        let (tokens, experts) = (gates.shape[1], gates.shape[2])
        let last = try gates.narrowed(1, tokens - 1..<tokens).floats()
        for (row, task) in tasks.enumerated() {
            var sum = sums[task] ?? Sums()
            while sum.gates.count <= block {
                sum.gates.append([Double](repeating: 0, count: experts))
                sum.steps.append(0)
            }
            for expert in 0..<experts { sum.gates[block][expert] += Double(last[row * experts + expert]) }
            sum.steps[block] += 1
            sums[task] = sum
        }
    }

    /// The means for each task, block and expert, tasks in the given order; a task that was never played has none.
    public func means(tasks: [String]) -> [GateMean] {
        tasks.flatMap { task -> [GateMean] in
            guard let sum = sums[task] else { return [] }
            return sum.gates.indices.flatMap { block in
                sum.gates[block].enumerated().map { expert, total in
                    GateMean(task: task, block: block, expert: expert, gate: total / Double(sum.steps[block]))
                }
            }
        }
    }
}
