import M3DTRandom
import M3DTTasks

/// How the episodes of a data set are shared out among demonstrators.
public struct DemonstratorMixture: Codable, Sendable, Hashable {
    /// One kind of demonstrator.
    public struct Part: Codable, Sendable, Hashable {
        public var label: String
        /// Relative to the other parts.
        public var share: Double
        /// Standard deviation of what is added to each number of an action, before it is limited to -1 ... 1.
        public var actionNoise: Double

        public init(label: String, share: Double, actionNoise: Double) {
            self.label = label
            self.share = share
            self.actionNoise = actionNoise
        }
    }

    public var parts: [Part]

    public init(parts: [Part]) { self.parts = parts }

    /// Half from the best demonstrator, the rest from poorer and poorer ones, all with a little noise; like the replay
    /// buffer of an agent that learnt the task.
    public static let standard = DemonstratorMixture(parts: [
        Part(label: "ars:best", share: 5, actionNoise: 0.05),
        Part(label: "ars:good", share: 2, actionNoise: 0.1),
        Part(label: "ars:middling", share: 2, actionNoise: 0.1),
        Part(label: "ars:poor", share: 1, actionNoise: 0.1),
    ])

    /// The same with planners, which need no noise: the poorer ones let go more often.
    public static let planned = DemonstratorMixture(
        parts: zip(PlanningDemonstrator.all, standard.parts).map { planner, part in
            Part(label: planner.label, share: part.share, actionNoise: 0)
        })

    /// The same with trained actors, named from the best to the poorest; at most four.
    static func learnt(by labels: [String]) -> DemonstratorMixture {
        DemonstratorMixture(
            parts: zip(labels, standard.parts).map { label, part in
                Part(label: label, share: part.share, actionNoise: part.actionNoise)
            })
    }

    /// The best demonstrator alone, without noise.
    public static let best = DemonstratorMixture(parts: [Part(label: "ars:best", share: 1, actionNoise: 0)])

    /// Which part each of some episodes falls to: as near to the shares as whole numbers allow, in a seeded order.
    public func deal(episodes: Int, random: inout RandomStream) -> [Part] {
        let total = parts.reduce(0) { $0 + $1.share }
        precondition(total > 0 && parts.allSatisfy { $0.share >= 0 }, "a mixture needs a positive share")
        var dealt: [Part] = []
        var reached = 0.0
        for part in parts {
            reached += part.share
            let upTo = Int((Double(episodes) * reached / total).rounded())
            dealt += Array(repeating: part, count: upTo - dealt.count)
        }
        random.shuffle(&dealt)
        return dealt
    }
}
