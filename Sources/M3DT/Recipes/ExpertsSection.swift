import M3DTTraining

/// How the experts are trained: each as a stage of its own, or several at once.
@dynamicMemberLookup
public struct ExpertsSection: Codable, Sendable, Equatable {
    /// How each is trained; its keys stand beside ``together``.
    public var stage: StageSection
    /// The most experts that are trained together, in one batched step; at most as many as there are, and feed-forward ones only.
    /// Default: 1. More fill a large GPU, and give the same but for rounding and for what dropout draws.
    public var together = 1

    private enum CodingKeys: CodingKey {
        case together
    }

    init(_ stage: StageSection) {
        self.stage = stage
    }

    /// Reads the keys of a stage and ``together``.
    ///
    /// - Throws: What the decoder throws.
    public init(from decoder: any Decoder) throws {
        stage = try StageSection(from: decoder)
        together = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .together)
    }

    /// Writes the keys of a stage and ``together`` side by side.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        try stage.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(together, forKey: .together)
    }

    /// What ``stage`` says.
    public subscript<Value>(dynamicMember key: WritableKeyPath<StageSection, Value>) -> Value {
        get { stage[keyPath: key] }
        set { stage[keyPath: key] = newValue }
    }

    func options(_ recipe: Recipe) -> StageOptions { stage.options(recipe) }
}
