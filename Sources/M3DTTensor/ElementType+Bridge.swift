import CTorchBridge
import M3DTStorage

extension ElementType {
    private static let numbers: [ElementType: Int] = [
        .float32: M3DT_FLOAT32, .float64: M3DT_FLOAT64, .bfloat16: M3DT_BFLOAT16, .float16: M3DT_FLOAT16,
        .int64: M3DT_INT64, .int32: M3DT_INT32, .int16: M3DT_INT16, .int8: M3DT_INT8, .uint8: M3DT_UINT8,
        .bool: M3DT_BOOL,
    ].mapValues { Int($0) }

    /// The number that stands for this type in the bridge.
    var bridgeNumber: Int32 { Int32(Self.numbers[self]!) }

    init?(bridgeNumber: Int32) {
        guard let match = Self.numbers.first(where: { $0.value == bridgeNumber }) else { return nil }
        self = match.key
    }
}
