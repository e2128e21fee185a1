import CTorchBridge

// Legend: B rows, h heads, Tq queries, Tk keys, d width of a head.

/// Operations in the forms for devices other than the CPU.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// Operations on this tensor are made of whole-tensor operations, as on every device but the CPU.
    public var takesDeviceForm: Bool { m3dt_takes_device_form(handle) }

    /// The whole numbers from 0, int64, made on the device.
    public static func counting(to count: Int, device: Device) throws -> Tensor {
        try make("counting to \(count)", []) { m3dt_range(Int64(count), device.type, device.index, $0) }
    }

    /// Attention in one operation: softmax(q k' / sqrt(d) + bias) v, with dropout of what softmax gives.
    ///
    /// Shapes: self [B, h, Tq, d], `keys` and `values` [B, h, Tk, d], `bias` [B, 1, Tq, Tk]; result [B, h, Tq, d].
    public func attention(keys: Tensor, values: Tensor, bias: Tensor, dropout: Double = 0) throws -> Tensor {
        try .make("attention", [self, keys, values, bias]) {
            m3dt_device_attention(handle, keys.handle, values.handle, bias.handle, dropout, $0)
        }
    }
}

/// The forms that operations take on devices other than the CPU.
public enum DeviceForms {
    /// Runs `body` with these forms on the CPU as well, to compare the two.
    public static func onCPU<Result>(_ body: () throws -> Result) rethrows -> Result {
        m3dt_use_device_forms(true)
        defer { m3dt_use_device_forms(false) }
        return try body()
    }
}

extension Device {
    /// Begins the random numbers that operations on this device draw, anew from a key.
    ///
    /// - Throws: ``TensorError`` where the device has no random numbers.
    public func seed(_ key: UInt64) throws {
        try Tensor.check("seeding \(self)", [], m3dt_seed_device(type, index, key))
    }

    /// How often numbers went from the rehearsal device to the host: on a GPU, how often the host waited.
    public static var rehearsedReads: Int { Int(m3dt_rehearsal_reads()) }
}
