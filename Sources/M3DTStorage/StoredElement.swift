/// A Swift number whose bits in memory are those of an ``ElementType`` in a file.
///
/// Files are little-endian, as is every machine this package is built for.
public protocol StoredElement: BitwiseCopyable, Sendable {
    /// The type of such elements in a file.
    static var elementType: ElementType { get }
}

extension Float: StoredElement {
    public static var elementType: ElementType { .float32 }
}

extension Float16: StoredElement {
    public static var elementType: ElementType { .float16 }
}

extension Double: StoredElement {
    public static var elementType: ElementType { .float64 }
}

extension Int64: StoredElement {
    public static var elementType: ElementType { .int64 }
}

extension Int32: StoredElement {
    public static var elementType: ElementType { .int32 }
}

extension Int16: StoredElement {
    public static var elementType: ElementType { .int16 }
}

extension Int8: StoredElement {
    public static var elementType: ElementType { .int8 }
}

extension UInt8: StoredElement {
    public static var elementType: ElementType { .uint8 }
}

extension Array where Element: StoredElement {
    /// Copies the bytes of a buffer, at any alignment, into an array; a rest shorter than an element is left out.
    public init(copying bytes: UnsafeRawBufferPointer) {
        let count = bytes.count / MemoryLayout<Element>.stride
        self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * MemoryLayout<Element>.stride)]))
            initialized = count
        }
    }
}
