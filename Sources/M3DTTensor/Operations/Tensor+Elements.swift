import CTorchBridge
import M3DTStorage

/// Reading and writing elements.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// The elements in row-major order, copied to the CPU.
    ///
    /// - Throws: ``TensorError/elementType(expected:found:)`` where the tensor holds another type.
    public func elements<Element: StoredElement>(_ type: Element.Type = Element.self) throws -> [Element] {
        guard self.type == Element.elementType else {
            throw TensorError.elementType(expected: Element.elementType.rawValue, found: self.type.rawValue)
        }
        let count = self.count
        return try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            try copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    /// The elements as float32, whatever the type of the tensor.
    public func floats() throws -> [Float] {
        try converted(to: .float32).elements()
    }

    /// The only element, as a double.
    ///
    /// - Throws: ``TensorError/elementCount(found:shape:)`` where there is not exactly one.
    public func scalar() throws -> Double {
        guard count == 1 else { throw TensorError.elementCount(found: count, shape: [1]) }
        return try converted(to: .float64).elements(Double.self)[0]
    }

    /// Copies the elements in row-major order into a buffer of exactly their size.
    ///
    /// - Throws: ``TensorError/operation(name:shapes:message:)`` where the sizes differ.
    public func copyBytes(to buffer: UnsafeMutableRawBufferPointer) throws {
        try Tensor.check("reading a tensor", [self], m3dt_to_bytes(handle, buffer.baseAddress, buffer.count))
    }

    /// Overwrites the elements with those of a tensor of the same shape, outside of autograd.
    public func assign(_ source: Tensor) throws {
        try Tensor.check("assigning", [self, source], m3dt_assign(handle, source.handle))
    }

    /// Overwrites every element with one number, outside of autograd.
    public func fill(_ value: Double) throws {
        try Tensor.check("filling", [self], m3dt_fill(handle, value))
    }

    /// Multiplies every element in place, outside of autograd.
    public func scale(by factor: Double) throws {
        try Tensor.check("scaling", [self], m3dt_scale(handle, factor))
    }

    /// Adds `factor` times another tensor in place, outside of autograd.
    public func accumulate(_ source: Tensor, factor: Double = 1) throws {
        try Tensor.check("accumulating", [self, source], m3dt_accumulate(handle, source.handle, factor))
    }
}
