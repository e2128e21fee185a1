import CTorchBridge

/// Work on a device that is recorded once and then done again at once, without the host's part in it: a CUDA graph.
///
/// What is recorded reads and writes the same tensors each time: inputs are put into them before, results are read from them
/// after. On the rehearsal device the work is simply done again.
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class RecordedWork {
    private let device: Device
    private let body: () throws -> Void
    private var recording: OpaquePointer?

    /// Whether work on a device can be recorded: on a GPU with a bundle, and in rehearsal.
    public static func isPossible(on device: Device) -> Bool {
        device == .rehearsal || m3dt_can_record(device.type)
    }

    /// Records what `body` does, without doing it.
    ///
    /// The same work must have been done at least once on the device's own stream (``Device/useOwnStream()``), so that all is in place.
    public init(on device: Device, _ body: @escaping () throws -> Void) throws {
        self.device = device
        self.body = body
        if device == .rehearsal { return }
        var begun: OpaquePointer?
        try Tensor.check("beginning to record", [], m3dt_record_begin(device.index, &begun))
        recording = begun
        let result = Result { try body() }
        // Recording must end in any case; what went wrong in the work goes before what that says.
        let end = Result { try Tensor.check("recording", [], m3dt_record_end(begun)) }
        try result.get()
        try end.get()
    }

    deinit {
        if let recording { m3dt_release_recording(recording) }
    }

    /// Does the work.
    public func replay() throws {
        guard let recording else { return try body() }
        try Tensor.check("repeating recorded work", [], m3dt_replay(recording))
    }
}

extension Device {
    /// Has this thread work on a stream of its own from now on, which recording needs; nothing on devices without streams.
    ///
    /// - Throws: ``TensorError`` where the device fails.
    public func useOwnStream() throws {
        try Tensor.check("taking a stream of \(self)", [], m3dt_use_own_stream(type, index))
    }

    /// Waits until all work on the device is done.
    ///
    /// - Throws: ``TensorError`` where that work failed.
    public func synchronize() throws {
        try Tensor.check("waiting for \(self)", [], m3dt_synchronize(type, index))
    }

    /// The most memory of the device that was held so far, in bytes; 0 where that is not known.
    ///
    /// - Throws: ``TensorError`` where the device fails.
    public func peakMemory() throws -> Int {
        var bytes: Int64 = 0
        try Tensor.check("asking \(self) for its memory", [], m3dt_peak_bytes(type, index, &bytes))
        return Int(bytes)
    }
}

extension TensorEngine {
    /// Has every operation give the same bits each time on a GPU as well; one that cannot is then an error.
    ///
    /// - Throws: ``TensorError`` where libtorch refuses.
    public static func setDeterministic(_ deterministic: Bool) throws {
        try Tensor.check("choosing deterministic operations", [], m3dt_set_deterministic(deterministic))
    }
}
