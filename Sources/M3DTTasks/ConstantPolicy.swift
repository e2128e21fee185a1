/// Always the same number for every part of an action.
public final class ConstantPolicy: Policy {
    private let value: Double
    private var widths: [Int: Int] = [:]

    public init(value: Double = 0) { self.value = value }

    public func begin(slot: Int, task: TaskSpecification, seed: UInt64) { widths[slot] = task.actionWidth }

    public func act(_ requests: [ActionRequest]) -> [[Double]] {
        requests.map { request in
            guard let width = widths[request.slot] else { preconditionFailure("slot \(request.slot) has not begun") }
            return [Double](repeating: value, count: width)
        }
    }
}
