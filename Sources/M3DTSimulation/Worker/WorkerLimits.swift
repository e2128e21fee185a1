/// How long a worker may take before it is taken to hang, in seconds.
public struct WorkerLimits: Sendable, Hashable {
    /// For making environments and starting episodes: a reset may have to load models and draw goals.
    public var reset: Double = 120
    /// For one step of all environments of a worker.
    public var step: Double = 60
    /// For a whole episode that the worker plays by itself.
    public var episode: Double = 600

    public init() {}
}
