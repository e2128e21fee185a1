/// What the header of a safetensors file says about one tensor.
public struct SafetensorsEntry: Sendable, Hashable {
    public let type: ElementType
    public let shape: [Int]
    /// Where the tensor's bytes are, counted from the start of the file.
    public let byteRange: Range<Int>

    /// The number of elements.
    public var count: Int { byteRange.count / type.byteCount }
}
