import Foundation
import M3DTRandom
import M3DTStorage
import M3DTTensor

/// A folder of the transformers package with a `DecisionTransformerModel`: `config.json` and `model.safetensors`.
///
/// That model is a ``PromptDT`` without prompts, up to two things. Its blocks are called `encoder.…`; and it adds the first row of
/// a table of positions to every token, which is folded into the bias of the normalisation before it: on export that row is 0.
/// Source: the transformers package, version 5.23, and compared with its own forward pass.
public enum HuggingFaceCheckpoint {
    /// The name of the configuration in the folder.
    public static let configurationName = "config.json"
    /// The names that weights may have in the folder; the first is written.
    public static let weightsNames = ["model.safetensors", "pytorch_model.bin"]
    private static let positions = "encoder.wpe.weight"
    private static let words = "encoder.wte.weight"

    /// Reads a model.
    ///
    /// - Parameter contextSteps: The steps of recent history to act with. Default: `max_length` of the configuration, else 20.
    /// - Throws: ``ModelError`` that names the key of the configuration that has no counterpart here, or a number that is not
    ///   finite; ``TensorError`` for weights of other names or sizes; `StorageError` for missing, damaged or hostile files.
    public static func read(_ folder: URL, contextSteps: Int? = nil) throws -> PromptDT {
        let configuration = try HuggingFaceConfiguration(
            contentsOf: folder.appendingPathComponent(configurationName))
        let model = try configuration.model(contextSteps: contextSteps)
        let tensors = try CheckpointTensors(contentsOf: weights(in: folder))
        // A table of the shapes of a million layers would itself take the memory.
        guard model.layers <= tensors.entries.count else {
            throw TensorError.missingWeight(name: "encoder.h.\(model.layers - 1).ln_1.weight", file: tensors.name)
        }
        try tensors.check(
            shapes(of: model, words: configuration.vocabulary, positions: configuration.positions))
        return try load(tensors, into: PromptDT(model, stream: RandomStream(seed: 0)))
    }

    /// Writes a model into a folder that is there.
    ///
    /// - Precondition: The model has no prompts and takes returns.
    /// - Throws: `StorageError` where a file cannot be written.
    public static func write(_ model: PromptDT, to folder: URL) throws {
        let sizes = model.configuration
        precondition(sizes.promptSteps == 0 && sizes.input == .returns, "there is nothing like this model")
        // Older versions of the package make their causal mask as long as there are positions.
        let rows = max(1024, sizes.tokens)
        let named = model.namedParameters.filter { !$0.name.hasPrefix("prompt_") }
        var tensors = named.map { $0.parameter.value.stored(as: foreignName($0.name)) }
        tensors.append(try Tensor.zeros([rows, sizes.width]).stored(as: positions))
        try AtomicFile.write(
            HuggingFaceConfiguration.json(of: sizes, positions: rows),
            to: folder.appendingPathComponent(configurationName))
        try SafetensorsWriter.write(
            to: folder.appendingPathComponent(weightsNames[0]), metadata: ["format": "pt"], tensors: tensors)
    }

    /// The file of weights in a folder.
    ///
    /// - Throws: ``ModelError`` where there is none.
    public static func weights(in folder: URL) throws -> URL {
        let candidates = weightsNames.map(folder.appendingPathComponent)
        guard let url = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw ModelError.checkpoint(file: folder.lastPathComponent, problem: .noWeights)
        }
        return url
    }

    /// Prompt embeddings are 0, since there are none; everything else comes from the file.
    private static func load(_ tensors: CheckpointTensors, into model: PromptDT) throws -> PromptDT {
        var weights: [String: Tensor] = [:]
        for named in model.namedParameters {
            weights[named.name] =
                named.name.hasPrefix("prompt_")
                ? try .zeros(named.parameter.value.shape) : try tensors.read(foreignName(named.name))
        }
        try Gradients.off {
            let (word, bias) = ("transformer.wte.weight", "embed_ln.bias")
            weights[word] = try weights[word]!.narrowed(0, 0..<1)
            let position = try tensors.read(positions).narrowed(0, 0..<1).reshaped([model.configuration.width])
            weights[bias] = try weights[bias]!.converted(to: .float32) + position.converted(to: .float32)
        }
        try model.load(weights, source: tensors.name)
        return model
    }

    private static func shapes(of model: ModelConfiguration, words: Int, positions: Int) -> [String: [Int]] {
        let own = WeightShapes.backbone(model).filter { !$0.key.hasPrefix("prompt_") }
        var shapes = Dictionary(uniqueKeysWithValues: own.map { (foreignName($0), $1) })
        shapes[Self.words] = [words, model.width]
        shapes[Self.positions] = [positions, model.width]
        return shapes
    }

    private static func foreignName(_ name: String) -> String {
        name.hasPrefix("transformer.") ? "encoder." + name.dropFirst("transformer.".count) : name
    }
}
