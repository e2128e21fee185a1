/// The type of a tensor's elements in a file, named as in the safetensors format.
public enum ElementType: String, Sendable, Hashable, Codable, CaseIterable {
    case float32 = "F32"
    case float64 = "F64"
    case bfloat16 = "BF16"
    case float16 = "F16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint8 = "U8"
    case bool = "BOOL"

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .bfloat16, .float16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// The size in bytes of a tensor of this type, or nil if a dimension is negative or the size overflows.
    ///
    /// A dimension of zero gives zero; an empty shape is a single number.
    public func byteCount(shape: [Int]) -> Int? {
        var total = byteCount
        for dimension in shape {
            guard dimension >= 0 else { return nil }
            let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
            if overflow { return nil }
            total = product
        }
        return total
    }
}
