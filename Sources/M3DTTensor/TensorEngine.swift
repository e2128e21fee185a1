import CTorchBridge

/// The library that computes: its version and its threads.
public enum TensorEngine {
    /// The version of libtorch that the bridge was built against.
    public static var version: String { String(cString: m3dt_torch_version()) }

    /// The number of threads that one operation uses.
    public static var threads: Int { Int(m3dt_thread_count()) }

    /// Sets the number of threads that one operation uses, for this thread and those that have not computed yet.
    ///
    /// - Throws: ``TensorError/operation(name:shapes:message:)`` where the number is not positive.
    public static func setThreads(_ count: Int) throws {
        try Tensor.check("setting the number of threads", [], m3dt_set_thread_count(Int32(clamping: count)))
    }
}
