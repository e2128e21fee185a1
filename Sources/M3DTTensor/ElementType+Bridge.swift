import CTorchBridge
import M3DTStorage

extension ElementType {
    /// The number that stands for this type in the bridge.
    var bridgeNumber: Int32 {
        let number =
            switch self {
            case .float32: M3DT_FLOAT32
            case .float64: M3DT_FLOAT64
            case .bfloat16: M3DT_BFLOAT16
            case .float16: M3DT_FLOAT16
            case .int64: M3DT_INT64
            case .int32: M3DT_INT32
            case .int16: M3DT_INT16
            case .int8: M3DT_INT8
            case .uint8: M3DT_UINT8
            case .bool: M3DT_BOOL
            }
        return Int32(number)
    }

    init?(bridgeNumber: Int32) {
        guard let match = Self.allCases.first(where: { $0.bridgeNumber == bridgeNumber }) else { return nil }
        self = match
    }
}
