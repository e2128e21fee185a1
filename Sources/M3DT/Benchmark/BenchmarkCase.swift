import M3DTModel
import M3DTStorage

/// A piece of work that is timed.
public struct BenchmarkCase: Sendable, Hashable {
    /// What is done.
    public enum Work: String, Codable, Sendable, CaseIterable {
        /// An optimiser step of stage 1, 2 or 3, its batch included.
        case backbone, expert, router
        /// One action in each row, by a policy with experts.
        case action
        /// The same with a rolling cache; the other side computes each context anew.
        case rolling
        /// One batch for training, without a step.
        case batch
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
    public static let standard: [BenchmarkCase] =
        [
            BenchmarkCase(name: "backbone", work: .backbone, experts: 0, rows: 16, repetitions: 6),
            BenchmarkCase(name: "expert", work: .expert, experts: 1, rows: 16, repetitions: 6),
        ]
        + [8, 24, 48].map {
            BenchmarkCase(name: "router-\($0)", work: .router, experts: $0, rows: 16, repetitions: $0 > 8 ? 1 : 3)
        }
        + [1, 32].map {
            BenchmarkCase(name: "action-\($0)", work: .action, experts: 48, rows: $0, repetitions: $0 > 1 ? 2 : 10)
        }
        + [1, 32].map {
            BenchmarkCase(name: "rolling-\($0)", work: .rolling, experts: 48, rows: $0, repetitions: $0 > 1 ? 4 : 20)
        }
        + [BenchmarkCase(name: "batch", work: .batch, experts: 0, rows: 16, repetitions: 50)]

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
    /// the frozen part below the first trained weight needs no gradients. Attention scores are left out (under 5 %). Nothing
    /// is counted for batches, nor for actions, which save what a cache holds already.
    public func operations(_ model: ModelConfiguration) -> Double {
        let tokens = Double(rows * model.tokens)
        let width = Double(model.width)
        let attention = 4 * width * width
        let feedForward = 8 * width * width
        let router = width * width * (4 + 16 + 16 + 8) + 2 * width * Double(experts)
        let layers = Double(model.layers)
        let perToken: Double
        switch work {
        case .batch, .action, .rolling: return 0
        case .backbone: perToken = 3 * layers * (attention + feedForward)
        case .expert: perToken = layers * (2 * attention + 2 * feedForward + 3 * feedForward) - attention
        case .router:
            let experts = Double(experts) * feedForward
            perToken = layers * (2 * attention + 2 * feedForward + 2 * experts + 3 * router) - attention - feedForward
        }
        return 2 * perToken * tokens
    }
}
