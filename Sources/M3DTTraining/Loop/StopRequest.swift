import Synchronization

/// Asks a training to save and stop after its current step; may be set from any thread, such as a signal's.
public final class StopRequest: Sendable {
    private let flag = Atomic(false)

    public init() {}

    public var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// Asks for the stop; asking again changes nothing.
    public func request() {
        flag.store(true, ordering: .relaxed)
    }
}
