import CTorchBridge
import M3DTRandom
import M3DTStorage

/// The type that matrix products are computed in. Weights are always kept in float32.
public enum Precision: String, Codable, Sendable, CaseIterable {
    /// Exact; what the goldens are compared in.
    case float32
    /// About twice as fast where the processor has it, and many times as slow where it has not; sums stay in float32.
    case bfloat16

    /// What a device is fastest in: bfloat16 on an NVIDIA GPU, and on a processor that has instructions for it.
    public static func preferred(on device: Device) -> Precision {
        switch device {
        case .cpu, .rehearsal: m3dt_processor_has_bfloat16() ? .bfloat16 : .float32
        case .cuda: .bfloat16
        case .mps: .float32
        }
    }

    /// The type of the tensors that are multiplied.
    public var elementType: ElementType { self == .float32 ? .float32 : .bfloat16 }
}

/// One of the equal parts that the rows of a batch are dealt out in.
public struct BatchPart: Sendable, Equatable {
    /// Counted from 0.
    public let index: Int
    public let count: Int

    /// All rows.
    public static let whole = BatchPart(index: 0, count: 1)

    /// - Precondition: There is such a part.
    public init(index: Int, count: Int) {
        precondition((0..<count).contains(index), "there is no part \(index) of \(count)")
        self.index = index
        self.count = count
    }
}

/// What a dropout takes away.
public struct DropoutDraw: Sendable, Equatable {
    public let probability: Double
    /// What the random numbers are a function of.
    public let key: UInt64
    /// Which rows of the batch the tensor is about; it loses what the whole batch would lose there.
    public let part: BatchPart

    public init(probability: Double, key: UInt64, part: BatchPart = .whole) {
        self.probability = probability
        self.key = key
        self.part = part
    }

    var drop: m3dt_drop {
        m3dt_drop(probability: probability, key: key, part: Int64(part.index), parts: Int64(part.count))
    }
}

/// How one pass through a model is computed.
///
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class ForwardContext {
    /// What matrix products are computed in.
    public let precision: Precision
    /// Where dropout takes its random numbers; without it there is no dropout.
    public private(set) var stream: RandomStream?
    /// The rows of the batch that this pass is about.
    private let part: BatchPart
    /// Terms that layers have added to the loss of this pass.
    public private(set) var penalties: [Tensor] = []

    /// - Parameters:
    ///   - stream: Given in training; nothing in evaluation, where dropout is off.
    ///   - part: The rows of the batch that this pass is about. Default: all.
    public init(precision: Precision, stream: RandomStream? = nil, part: BatchPart = .whole) {
        self.precision = precision
        self.stream = stream
        self.part = part
    }

    /// Applies dropout in training, nothing in evaluation.
    ///
    /// The rows of the batch come first among the tensor's dimensions.
    public func dropout(_ tensor: Tensor, _ probability: Double) throws -> Tensor {
        guard let draw = draw(probability) else { return tensor }
        return try tensor.dropout(draw)
    }

    /// A dropout for an operation that applies it by itself; nothing in evaluation.
    public func draw(_ probability: Double) -> DropoutDraw? {
        guard probability > 0, let key = stream?.next() else { return nil }
        return DropoutDraw(probability: probability, key: key, part: part)
    }

    /// Standard normal random numbers in training, nothing in evaluation.
    public func noise(_ shape: [Int], device: Device) throws -> Tensor? {
        guard stream != nil else { return nil }
        return try .normal(shape, stream: &stream!, device: device)
    }

    /// Adds a term to the loss in training, nothing in evaluation.
    public func penalize(_ term: @autoclosure () throws -> Tensor) rethrows {
        guard stream != nil else { return }
        penalties.append(try term())
    }

    /// Runs `body` with dropout switched off: for the frozen parts of a model in training.
    public func withoutDropout<Result>(_ body: () throws -> Result) rethrows -> Result {
        let kept = stream
        stream = nil
        defer { stream = kept }
        return try body()
    }
}
