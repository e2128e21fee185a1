import M3DTRandom
import M3DTTasks

/// A policy that draws every number of an action uniformly from -1 ... 1, or always gives 0: the floor of a score table.
public final class RandomPolicy: Policy {
    private struct Slot {
        let width: Int
        var stream: RandomStream
    }

    private let magnitude: Double
    private var slots: [Int: Slot] = [:]

    private init(magnitude: Double) {
        self.magnitude = magnitude
    }

    /// Actions drawn uniformly; an episode's come from its seed alone.
    public convenience init() { self.init(magnitude: 1) }

    /// Actions that are always 0.
    public static func zero() -> RandomPolicy { RandomPolicy(magnitude: 0) }

    public func begin(slot: Int, task: TaskSpecification, seed: UInt64) {
        slots[slot] = Slot(width: task.actionWidth, stream: RandomStream(seed: seed))
    }

    /// Draws an action for each request.
    ///
    /// - Throws: ``PolicyError/notBegun(slot:)``.
    public func act(_ requests: [ActionRequest]) throws -> [[Double]] {
        try requests.map { request in
            guard var slot = slots[request.slot] else { throw PolicyError.notBegun(slot: request.slot) }
            defer { slots[request.slot] = slot }
            return (0..<slot.width).map { _ in magnitude * slot.stream.uniform(-1, 1) }
        }
    }
}
