import M3DTModel
import M3DTTensor

/// Stage 2 for several experts at once: their batches are one, which the frozen backbone computes as one, and their products are
/// batched.
///
/// Each expert has the fresh weights, the batches, the loss, the limit on its gradient's norm and the moments that it would have alone.
/// So it ends with the weights of ``ExpertStage`` but for rounding, and but for other random numbers in dropout.
public final class ExpertGroupStage: Trainable {
    /// Such as `experts-0-3`.
    public let name: String
    /// The stages of the experts.
    public let members: [ExpertStage]
    public let backbone: any SequenceModel
    private let group: ExpertGroup
    private let options: ExpertOptions

    /// Begins with the fresh weights of each expert.
    ///
    /// - Parameter numbers: Those of the experts, which follow each other.
    /// - Throws: ``ModelError/configuration(field:problem:)`` for experts that are no feed-forward networks.
    public init(
        _ numbers: Range<Int>, beside backbone: any SequenceModel, options: ExpertOptions = ExpertOptions(),
        seed: UInt64
    ) throws {
        let name = Self.name(numbers)
        self.name = name
        self.backbone = backbone
        self.options = options
        members = try numbers.map {
            try ExpertStage($0, beside: backbone, options: options, seed: seed, group: name)
        }
        group = try ExpertGroup(members.map(\.expert))
    }

    /// The name of the stage of some experts.
    public static func name(_ numbers: Range<Int>) -> String {
        "experts-\(numbers.lowerBound)-\(numbers.upperBound - 1)"
    }

    /// The experts of a stage by its name; nothing for the name of another stage.
    public static func numbers(named name: String) -> Range<Int>? {
        let parts = name.split(separator: "-")
        guard parts.count == 3, let first = Int(parts[1]), let last = Int(parts[2]), first <= last,
            name == self.name(first..<last + 1)
        else { return nil }
        return first..<last + 1
    }

    public var parts: [String] { members.map(\.name) }
    public var model: ModelConfiguration { backbone.configuration }
    public var trainableParameters: [NamedParameter] { group.namedParameters }
    public var frozenParameters: [NamedParameter] { backbone.namedParameters }
    public var savedParameters: [NamedParameter] { group.namedParameters }
    public var settings: [String: String] { StageIdentity.fields(of: options) }

    public func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        let branch = pass.branch(group, trainsExperts: true)
        return try backbone.loss(
            batch.input, actionMask: batch.actionMask, parts: group.count, branch: branch, pass.frozen)
    }

    /// Gives the members the weights of the group.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    func copyWeights() throws {
        try group.copyWeights(to: members.map(\.expert))
    }
}
