import Foundation
import M3DTStorage

/// The `config.json` of Hugging Face's `DecisionTransformerModel`.
///
/// A key that is missing has the package's default; keys that do not change what the model computes are passed over.
/// Source: the configuration class of the transformers package.
struct HuggingFaceConfiguration {
    /// A value of a key; what is neither text nor number nor truth is ``other``.
    enum Value: Equatable {
        case null
        case truth(Bool)
        case number(Double)
        case text(String)
        case other
    }

    /// Sizes beyond this are not believed, so that products of a few cannot overflow.
    private static let sizeLimit = 1 << 24
    /// The bytes that are read; a file has about a thousand.
    private static let lengthLimit = 1 << 20
    private static let sizes: [(key: String, preset: Int)] = [
        ("state_dim", 17), ("act_dim", 4), ("hidden_size", 128), ("max_ep_len", 4096), ("n_layer", 3), ("n_head", 1),
        ("vocab_size", 1), ("n_positions", 1024),
    ]
    /// What the model here computes, whatever it is made of; the presets as well.
    private static let fixed: [(key: String, value: Value)] = [
        ("activation_function", .text("relu")), ("action_tanh", .truth(true)), ("layer_norm_epsilon", .number(1e-5)),
        ("scale_attn_weights", .truth(true)), ("scale_attn_by_inverse_layer_idx", .truth(false)),
        ("add_cross_attention", .truth(false)),
    ]
    private static let dropouts = ["resid_pdrop", "embd_pdrop", "attn_pdrop"]
    private static let aliases = [
        "num_hidden_layers": "n_layer", "num_attention_heads": "n_head", "max_position_embeddings": "n_positions",
    ]
    private static let type = (key: "model_type", value: Value.text("decision_transformer"))
    /// The steps of context that the package's own examples act with; no part of the model.
    private static let context = "max_length"

    private let values: [String: Value]
    private let file: String

    /// Reads a file.
    ///
    /// - Throws: ``ModelError`` where it is not JSON, `StorageError` where it cannot be read.
    init(contentsOf url: URL) throws {
        file = url.lastPathComponent
        let contents = try MappedFile(url).withUnsafeBytes { Data($0.prefix(Self.lengthLimit)) }
        do {
            let values = try JSONDecoder().decode([String: Value].self, from: contents)
            self.values = try Dictionary(values.map { (Self.aliases[$0] ?? $0, $1) }) { first, second in
                guard first == second else { throw Clash() }
                return first
            }
        } catch is Clash {
            throw ModelError.checkpoint(
                file: file, problem: .malformedConfiguration("a size is there under two names, and they differ"))
        } catch is DecodingError {
            throw ModelError.checkpoint(file: file, problem: .malformedConfiguration("it is not a JSON object"))
        }
    }

    /// Two names of one size differ.
    private struct Clash: Error {}
}

// Reading.
extension HuggingFaceConfiguration {
    /// Rows of the embedding of words, which nothing uses.
    var vocabulary: Int { get throws { try size("vocab_size") } }
    /// Rows of the embedding of positions, of which only the first is used.
    var positions: Int { get throws { try size("n_positions") } }

    /// The sizes of the same model here.
    ///
    /// - Parameter contextSteps: Default: what the file says, else 20.
    /// - Throws: ``ModelError`` that names the first key whose value has no counterpart here.
    func model(contextSteps: Int?) throws -> ModelConfiguration {
        guard values[Self.type.key] == Self.type.value else { throw unsupported(Self.type.key, Self.type.value.text) }
        for (key, value) in Self.fixed where values[key, default: value] != value {
            throw unsupported(key, value.text)
        }
        let width = try size("hidden_size")
        if let inner = values["n_inner"], inner != .null, inner != .number(Double(4 * width)) {
            throw unsupported("n_inner", "null or \(4 * width)")
        }
        let heads = try size("n_head")
        guard width.isMultiple(of: heads) else { throw unsupported("n_head", "a divisor of hidden_size (\(width))") }
        let model = ModelConfiguration(
            stateWidth: try size("state_dim"), actionWidth: try size("act_dim"), width: width,
            layers: try size("n_layer"), heads: heads, contextSteps: try contextSteps ?? self.contextSteps(),
            promptSteps: 0, episodeSteps: try size("max_ep_len"), dropout: try dropout())
        try model.validate()
        return model
    }

    private func contextSteps() throws -> Int {
        values[Self.context] == nil ? UntoldSizes().contextSteps : try size(Self.context)
    }

    private func size(_ key: String) throws -> Int {
        guard let value = values[key] else { return Self.sizes.first { $0.key == key }!.preset }
        guard case .number(let number) = value, let size = Int(exactly: number), (1...Self.sizeLimit).contains(size)
        else { throw unsupported(key, "a whole number from 1 to \(Self.sizeLimit)") }
        return size
    }

    /// One probability for all places, which only training uses.
    private func dropout() throws -> Double {
        let first = values[Self.dropouts[0], default: .number(0.1)]
        guard case .number(let dropout) = first, (0..<1).contains(dropout) else {
            throw unsupported(Self.dropouts[0], "a number from 0 to below 1")
        }
        for key in Self.dropouts.dropFirst() where values[key, default: .number(0.1)] != first {
            throw unsupported(key, "the same as \(Self.dropouts[0]), \(first.text),")
        }
        return dropout
    }

    private func unsupported(_ key: String, _ needed: String) -> ModelError {
        .checkpoint(
            file: file, problem: .unsupported(key: key, value: values[key]?.text ?? "missing", needed: needed))
    }
}

// Writing.
extension HuggingFaceConfiguration {
    /// The file's contents for a model of ours.
    ///
    /// - Throws: What the encoder throws.
    static func json(of model: ModelConfiguration, positions: Int) throws -> Data {
        let numbers = [
            "state_dim": model.stateWidth, "act_dim": model.actionWidth, "hidden_size": model.width,
            "max_ep_len": model.episodeSteps, "n_layer": model.layers, "n_head": model.heads, "vocab_size": 1,
            "n_positions": positions, context: model.contextSteps,
        ]
        var values = numbers.mapValues { Value.number(Double($0)) }
        values.merge(fixed.map { ($0.key, $0.value) }) { $1 }
        for key in dropouts { values[key] = .number(model.dropout) }
        values["n_inner"] = .null
        values[type.key] = type.value
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(values)
    }
}

extension HuggingFaceConfiguration.Value: Codable {
    var text: String {
        switch self {
        case .null: "null"
        case .truth(let truth): "\(truth)"
        case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
        case .text(let text): "\"\(text)\""
        case .other: "a list or an object"
        }
    }

    /// - Throws: Nothing of its own; whatever is not a plain value is ``other``.
    init(from decoder: any Decoder) throws {
        guard let container = try? decoder.singleValueContainer() else {
            self = .other
            return
        }
        if container.decodeNil() {
            self = .null
        } else if let truth = try? container.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .other
        }
    }

    /// - Throws: What the encoder throws.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null, .other: try container.encodeNil()
        case .truth(let truth): try container.encode(truth)
        case .number(let number):
            if let whole = Int(exactly: number) { try container.encode(whole) } else { try container.encode(number) }
        case .text(let text): try container.encode(text)
        }
    }
}
