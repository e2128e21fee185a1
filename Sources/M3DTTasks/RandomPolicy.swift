import M3DTRandom

/// Actions drawn uniformly from -1 ... 1, the same for the same task and seed.
public final class RandomPolicy: Policy {
    private var slots: [Int: (width: Int, random: RandomStream)] = [:]

    public init() {}

    public func begin(slot: Int, task: TaskSpecification, seed: UInt64) {
        slots[slot] = (task.actionWidth, RandomStream(seed: seed).split(task.name).split("random-policy"))
    }

    public func act(_ requests: [ActionRequest]) -> [[Double]] {
        requests.map { request in
            guard var slot = slots[request.slot] else {
                preconditionFailure("slot \(request.slot) has not begun")
            }
            defer { slots[request.slot] = slot }
            return (0..<slot.width).map { _ in slot.random.uniform(-1, 1) }
        }
    }
}
