import M3DTModel
import M3DTStorage

/// A piece of work that is timed.
public struct BenchmarkCase: Codable, Sendable, Hashable {
    /// What is done.
    public enum Work: String, Codable, Sendable, CaseIterable {
        /// An optimiser step of stage 1, 2 or 3, its batch included.
        case backbone, expert, router
        /// A whole short stage 1: data opened, weights made, steps with their batches, weights saved.
        case stage
        /// One batch for training, without a step.
        case batch
        /// One action in each row, by a policy with experts.
        case action
        /// The same with a rolling cache; the other side computes each context anew.
        case rolling
        /// An environment step of an evaluation, simulation included; on the other side of one episode at a time, simulation
        /// left out.
        case evaluation
        /// The same with a rolling cache.
        case rollingEvaluation
    }

    /// As tables and the command line name it, such as `router-24`.
    public let name: String
    public let work: Work
    /// Experts that take part; 0 for a backbone alone.
    public let experts: Int
    /// Rows of a training batch, or episodes that are acted in at once.
    public let rows: Int
    /// How often it is done between two looks at the other side.
    public let repetitions: Int

    /// The cases of the project's speed targets, at the paper's sizes.
    public static let standard: [BenchmarkCase] = [
        BenchmarkCase("backbone", .backbone, repetitions: 6),
        BenchmarkCase("expert", .expert, experts: 1, repetitions: 6),
        BenchmarkCase("router-8", .router, experts: 8, repetitions: 3),
        BenchmarkCase("router-24", .router, experts: 24, repetitions: 1),
        BenchmarkCase("router-48", .router, experts: 48, repetitions: 1),
        BenchmarkCase("stage", .stage, repetitions: 1),
        BenchmarkCase("batch", .batch, repetitions: 100),
        BenchmarkCase("action-1", .action, experts: 48, rows: 1, repetitions: 10),
        BenchmarkCase("action-32", .action, experts: 48, rows: 32, repetitions: 1),
        BenchmarkCase("rolling-1", .rolling, experts: 48, rows: 1, repetitions: 20),
        BenchmarkCase("rolling-32", .rolling, experts: 48, rows: 32, repetitions: 4),
        BenchmarkCase("evaluation", .evaluation, experts: 48, rows: 32, repetitions: 1),
        BenchmarkCase("rolling-evaluation", .rollingEvaluation, experts: 48, rows: 32, repetitions: 4),
    ]

    public init(_ name: String, _ work: Work, experts: Int = 0, rows: Int = 16, repetitions: Int) {
        (self.name, self.work, self.experts, self.rows) = (name, work, experts, rows)
        self.repetitions = repetitions
    }

    /// Training steps in a repetition, whose time is that of each of them.
    public var steps: Int { work == .stage ? 20 : 1 }

    /// Whether it has the same time in every precision.
    public var isWithoutProducts: Bool { work == .batch }

    /// The standard case of a name.
    ///
    /// - Throws: ``BenchmarkError/unknownCase(name:nearest:)``.
    public static func named(_ name: String) throws -> BenchmarkCase {
        guard let found = standard.first(where: { $0.name == name }) else {
            throw BenchmarkError.unknownCase(
                name: name, nearest: NearestName.nearest(to: name, in: standard.map(\.name)))
        }
        return found
    }
}

extension BenchmarkCase {
    /// Floating-point operations of matrix products with weights in one repetition, as the method needs them.
    ///
    /// A product in the forward pass counts once, for the gradient of its input once more, and of its weight once more;
    /// the frozen part below the first trained weight needs no gradients, and what follows the keys and values of the last
    /// block is needed for the tokens that actions are read from. Attention scores are left out (under 5 %). Of a stage one step is
    /// counted. An action with the exact cache takes the tokens of the context up to the state that is acted on, since only those of
    /// the prompt stay as they were. Nothing is counted for batches, nor for what waits for memory or a simulator.
    public func operations(_ model: ModelConfiguration) -> Double {
        let square = Double(model.width * model.width)
        let feedForward = 8 * square
        let router = square * (4 + 16 + 16 + 8) + 2 * Double(model.width * experts)
        // Tokens of a row: all of them, those that leave the first block, and those that leave each block together.
        let tokens = Double(model.tokens)
        let first = model.layers == 1 ? Double(model.contextSteps) : tokens
        let leaving = Double(model.layers - 1) * tokens + Double(model.contextSteps)
        let attention = Double(model.layers) * tokens * 3 * square + leaving * square
        let firstAttention = tokens * 3 * square + first * square
        let perRow: Double
        switch work {
        case .batch, .rolling, .evaluation, .rollingEvaluation: return 0
        case .backbone, .stage: perRow = 3 * (attention + leaving * feedForward)
        case .expert: perRow = 2 * attention - firstAttention + leaving * (2 + 3) * feedForward
        case .router:
            let frozen = feedForward + Double(experts) * feedForward
            perRow = 2 * attention - firstAttention - first * feedForward + leaving * (2 * frozen + 3 * router)
        case .action:
            // The action that is asked for has no token yet; the state before it is the one that it is read from.
            let known = Double(model.tokensPerStep * model.contextSteps - 1)
            let leaving = Double(model.layers - 1) * known + 1
            perRow =
                Double(model.layers) * known * 3 * square
                + leaving * (square + feedForward + Double(experts) * feedForward + router)
        }
        return 2 * perRow * Double(rows)
    }
}
