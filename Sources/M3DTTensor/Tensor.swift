import CTorchBridge
import M3DTStorage

/// A multi-dimensional array of numbers on a device, with automatic differentiation.
///
/// A tensor is a reference: views share memory with the tensor they came from, and only functions whose names say so change a
/// tensor in place. The memory is freed with the last reference. Tensors belong to one thread at a time.
public final class Tensor {
    let handle: OpaquePointer

    /// Takes over a handle that the bridge handed out.
    init(owning handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        m3dt_release(handle)
    }

    /// The sizes of the dimensions, outermost first; empty for a single number.
    public var shape: [Int] {
        (0..<m3dt_rank(handle)).map { Int(m3dt_dimension(handle, $0)) }
    }

    /// The number of dimensions.
    public var rank: Int { Int(m3dt_rank(handle)) }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The type of the elements.
    ///
    /// - Precondition: The tensor has one of the types of ``ElementType``; the bridge makes no others.
    public var type: ElementType { ElementType(bridgeNumber: m3dt_element_type(handle))! }

    /// Where the elements are.
    public var device: Device {
        switch Int(m3dt_device_type(handle)) {
        case Int(M3DT_CUDA): .cuda(Int(m3dt_device_index(handle)))
        case Int(M3DT_MPS): .mps
        case Int(M3DT_REHEARSAL): .rehearsal
        default: .cpu
        }
    }

    /// The number of tensors that this thread made less those it freed, for tests of ownership.
    public static var liveCount: Int { Int(m3dt_live_handles()) }
}

extension Tensor {
    /// Runs a bridge function that makes a tensor.
    ///
    /// - Parameters:
    ///   - name: For the error, and not put together where there is none: it would take longer than many an operation.
    ///   - inputs: For the error as well.
    /// - Throws: ``TensorError/operation(name:shapes:message:)`` with the shapes of `inputs`.
    static func make(
        _ name: @autoclosure () -> String, _ inputs: @autoclosure () -> [Tensor],
        _ body: (UnsafeMutablePointer<OpaquePointer?>) -> m3dt_status
    ) throws -> Tensor {
        var out: OpaquePointer?
        try check(name(), inputs(), body(&out))
        return Tensor(owning: out!)
    }

    /// Turns a status of the bridge into an error with the message and the shapes of `inputs`.
    static func check(
        _ name: @autoclosure () -> String, _ inputs: @autoclosure () -> [Tensor], _ status: m3dt_status
    ) throws {
        guard status != 0 else { return }
        let message =
            String(cString: m3dt_last_error()).split(separator: "\n").first.map(String.init) ?? "unknown error"
        throw TensorError.operation(name: name(), shapes: inputs().map(\.shape), message: message)
    }
}
