import CTorchBridge
import M3DTRandom
import M3DTStorage

/// Fresh tensors and copies.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// A tensor of the given numbers in row-major order.
    ///
    /// - Throws: ``TensorError/elementCount(found:shape:)`` where the numbers do not fill the shape.
    public static func of<Element: StoredElement>(
        _ elements: [Element], shape: [Int], device: Device = .cpu
    ) throws -> Tensor {
        guard elements.count == shape.reduce(1, *) else {
            throw TensorError.elementCount(found: elements.count, shape: shape)
        }
        return try elements.withUnsafeBytes {
            try from(bytes: $0, type: Element.elementType, shape: shape, device: device)
        }
    }

    /// A tensor that copies raw elements in row-major order.
    ///
    /// - Throws: ``TensorError/operation(name:shapes:message:)`` where the bytes do not fill the shape or memory runs out.
    public static func from(
        bytes: UnsafeRawBufferPointer, type: ElementType, shape: [Int], device: Device = .cpu
    ) throws -> Tensor {
        try make("copying numbers into a tensor of shape \(shape)", []) { out in
            shape.withInt64 { dimensions, rank in
                m3dt_from_bytes(
                    bytes.baseAddress, bytes.count, dimensions, rank, type.bridgeNumber, device.type, device.index, out)
            }
        }
    }

    /// A tensor filled with one number.
    public static func full(
        _ value: Double, shape: [Int], type: ElementType = .float32, device: Device = .cpu
    ) throws -> Tensor {
        try make("making a tensor of shape \(shape)", []) { out in
            shape.withInt64 { m3dt_full(value, $0, $1, type.bridgeNumber, device.type, device.index, out) }
        }
    }

    /// A tensor of zeros.
    public static func zeros(_ shape: [Int], type: ElementType = .float32, device: Device = .cpu) throws -> Tensor {
        try full(0, shape: shape, type: type, device: device)
    }

    /// A square matrix of truth values, true on and below the diagonal.
    public static func lowerTriangle(_ size: Int, device: Device = .cpu) throws -> Tensor {
        try make("making a triangle of size \(size)", []) {
            m3dt_lower_triangle(Int64(size), device.type, device.index, $0)
        }
    }

    /// A float32 tensor of normal random numbers; takes one word from the stream.
    public static func normal(
        _ shape: [Int], deviation: Double = 1, stream: inout RandomStream, device: Device = .cpu
    ) throws -> Tensor {
        let tensor = try zeros(shape, device: device)
        try check(
            "drawing random numbers", [tensor], m3dt_fill_random(tensor.handle, Int32(M3DT_NORMAL), stream.next()))
        try tensor.scale(by: deviation)
        return tensor
    }

    /// A float32 tensor of random numbers drawn uniformly from [-`bound`, `bound`); takes one word from the stream.
    public static func uniform(
        _ shape: [Int], bound: Double, stream: inout RandomStream, device: Device = .cpu
    ) throws -> Tensor {
        let tensor = try zeros(shape, device: device)
        try check(
            "drawing random numbers", [tensor], m3dt_fill_random(tensor.handle, Int32(M3DT_UNIFORM), stream.next()))
        return try (tensor - 0.5) * (2 * bound)
    }

    /// A copy with memory of its own.
    public func clone() throws -> Tensor {
        try .make("copying", [self]) { m3dt_clone(handle, $0) }
    }

    /// The same numbers in another type or on another device; the tensor itself where nothing changes.
    public func converted(to type: ElementType? = nil, device: Device? = nil) throws -> Tensor {
        let (type, device) = (type ?? self.type, device ?? self.device)
        if type == self.type, device == self.device { return self }
        return try .make("converting", [self]) {
            m3dt_convert(handle, type.bridgeNumber, device.type, device.index, $0)
        }
    }
}

extension [Int] {
    /// Lends the sizes as the bridge takes them.
    func withInt64<Result>(_ body: (UnsafePointer<Int64>?, Int) throws -> Result) rethrows -> Result {
        let sizes = map(Int64.init)
        return try sizes.withUnsafeBufferPointer { try body($0.baseAddress, $0.count) }
    }
}
