import M3DTRandom
import M3DTStorage

/// The type that matrix products are computed in. Weights are always kept in float32.
public enum Precision: String, Codable, Sendable, CaseIterable {
    /// Exact; what the goldens are compared in.
    case float32
    /// About twice as fast where the processor has it; sums stay in float32.
    case bfloat16

    /// The type of the tensors that are multiplied.
    public var elementType: ElementType { self == .float32 ? .float32 : .bfloat16 }
}

/// A dropout that an operation applies by itself.
public struct DropoutDraw: Sendable, Equatable {
    public let probability: Double
    /// What the random numbers are a function of.
    public let key: UInt64

    public init(probability: Double, key: UInt64) {
        self.probability = probability
        self.key = key
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
    /// Terms that layers have added to the loss of this pass.
    public private(set) var penalties: [Tensor] = []

    /// - Parameter stream: Given in training; nothing in evaluation, where dropout is off.
    public init(precision: Precision, stream: RandomStream? = nil) {
        self.precision = precision
        self.stream = stream
    }

    /// Applies dropout in training, nothing in evaluation.
    public func dropout(_ tensor: Tensor, _ probability: Double) throws -> Tensor {
        guard probability > 0, stream != nil else { return tensor }
        return try tensor.dropout(probability, stream: &stream!)
    }

    /// A dropout for an operation that applies it by itself; nothing in evaluation.
    public func draw(_ probability: Double) -> DropoutDraw? {
        guard probability > 0, let key = stream?.next() else { return nil }
        return DropoutDraw(probability: probability, key: key)
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
