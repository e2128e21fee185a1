/// A tensor to be written to a safetensors file.
public struct SafetensorsTensor {
    public let name: String
    public let type: ElementType
    public let shape: [Int]
    let writeBytes: (_ sink: FileSink) throws -> Void

    /// Describes a tensor whose bytes are made when their turn comes, so that only a part need be in memory.
    ///
    /// - Parameter writeBytes: Writes all the tensor's bytes, in row-major order, to the sink, in pieces of any size.
    public init(name: String, type: ElementType, shape: [Int], writeBytes: @escaping (_ sink: FileSink) throws -> Void)
    {
        self.name = name
        self.type = type
        self.shape = shape
        self.writeBytes = writeBytes
    }

    /// Describes a tensor whose elements are in memory, in row-major order.
    public init<Element: StoredElement>(name: String, shape: [Int], values: [Element]) {
        self.init(name: name, type: Element.elementType, shape: shape) { sink in
            try values.withUnsafeBytes { try sink.write($0) }
        }
    }
}
