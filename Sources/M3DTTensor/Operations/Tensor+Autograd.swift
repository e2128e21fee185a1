import CTorchBridge

/// Differentiation of a result by the tensors that it was computed from.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// Operations on this tensor are recorded for differentiation.
    public var requiresGradient: Bool { m3dt_requires_gradient(handle) }

    /// Starts or stops recording for a tensor that no operation made.
    public func setRequiresGradient(_ value: Bool) throws {
        try Tensor.check("requiring a gradient", [self], m3dt_set_requires_gradient(handle, value))
    }

    /// A view of the same memory, cut off from differentiation.
    public func detached() throws -> Tensor {
        try .make("detaching", [self]) { m3dt_detach(handle, $0) }
    }

    /// Adds the gradient of this single number to the ``gradient`` of every tensor it depends on.
    public func backward() throws {
        try Tensor.check("differentiating", [self], m3dt_backward(handle))
    }

    /// The gradient summed up so far; nothing where no backward pass has reached the tensor.
    public func gradient() throws -> Tensor? {
        var out: OpaquePointer?
        try Tensor.check("reading a gradient", [self], m3dt_gradient(handle, &out))
        return out.map(Tensor.init(owning:))
    }

    /// Makes a tensor of the same shape the place where gradients are summed up.
    public func setGradient(_ gradient: Tensor) throws {
        try Tensor.check("setting a gradient", [self, gradient], m3dt_set_gradient(handle, gradient.handle))
    }
}

/// Switches the recording of operations for differentiation.
///
/// The mode belongs to the thread, so a scope is a plain closure that cannot span an `await`.
public enum Gradients {
    /// Operations of this thread are being recorded.
    public static var areRecorded: Bool { m3dt_gradient_mode() }

    /// Runs `body` without recording: less memory, no backward pass.
    public static func off<Result>(_ body: () throws -> Result) rethrows -> Result {
        try with(false, body)
    }

    /// Runs `body` with recording, inside a scope that has switched it off.
    public static func on<Result>(_ body: () throws -> Result) rethrows -> Result {
        try with(true, body)
    }

    private static func with<Result>(_ mode: Bool, _ body: () throws -> Result) rethrows -> Result {
        let before = m3dt_gradient_mode()
        m3dt_set_gradient_mode(mode)
        defer { m3dt_set_gradient_mode(before) }
        return try body()
    }
}
