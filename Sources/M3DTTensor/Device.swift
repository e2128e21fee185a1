import CTorchBridge

/// Where a tensor lives and is computed on.
public enum Device: Sendable, Hashable, CustomStringConvertible {
    case cpu
    /// An NVIDIA GPU, counted from 0.
    case cuda(Int)
    /// Apple's GPU.
    case mps
    /// Computes like the CPU and is as strict as a GPU, for trying where there is no GPU what is meant for one: tensors of the host
    /// are refused, and reads by the host are counted ("Docs/gpu.md").
    case rehearsal

    /// The device of a name as a user writes it: `cpu`, `cuda`, `cuda:1`, `mps`.
    ///
    /// - Throws: ``TensorError/unknownDevice(_:)`` for any other name, ``TensorError/deviceUnavailable(name:available:)`` for a
    ///   device that is not there.
    public init(named name: String) throws {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("cpu", 1): self = .cpu
        case ("mps", 1): self = .mps
        case ("rehearsal", 1): self = .rehearsal
        case ("cuda", 1): self = .cuda(0)
        case ("cuda", 2):
            guard let index = Int(parts[1]), index >= 0 else { throw TensorError.unknownDevice(name) }
            self = .cuda(index)
        default: throw TensorError.unknownDevice(name)
        }
        guard self == .rehearsal || Device.available.contains(self) else {
            throw TensorError.deviceUnavailable(name: name, available: Device.available.map(\.description))
        }
    }

    /// The devices of this machine, the CPU first; without that for rehearsals.
    public static var available: [Device] {
        let gpus = (0..<Int(m3dt_device_count(Int32(M3DT_CUDA)))).map(Device.cuda)
        return [.cpu] + gpus + (m3dt_device_count(Int32(M3DT_MPS)) > 0 ? [.mps] : [])
    }

    /// The name as a user writes it, with the number of a GPU.
    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        case .mps: "mps"
        case .rehearsal: "rehearsal"
        }
    }

    var type: Int32 {
        switch self {
        case .cpu: Int32(M3DT_CPU)
        case .cuda: Int32(M3DT_CUDA)
        case .mps: Int32(M3DT_MPS)
        case .rehearsal: Int32(M3DT_REHEARSAL)
        }
    }

    var index: Int32 {
        if case .cuda(let index) = self { Int32(index) } else { 0 }
    }
}
