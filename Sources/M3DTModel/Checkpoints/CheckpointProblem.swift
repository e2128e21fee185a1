import M3DTStorage

/// What keeps a checkpoint of another project from being taken over.
public enum CheckpointProblem: Sendable, Equatable {
    // The tensors.
    /// The names are those of no checkpoint that is known.
    case unknownKind
    /// The weights of Hugging Face's model, without the file that says its sizes.
    case looseHuggingFace
    /// Compressed, or with many tensors on the same numbers, a small file can ask for any amount of memory.
    case inflated(claimed: Int, file: Int)
    case elementType(tensor: String, type: ElementType)
    case notFinite(tensor: String)
    /// A size cannot be told from a tensor of that shape.
    case dimensions(tensor: String, shape: [Int], needed: Int)

    // Files of the reference that go together.
    case backbones(count: Int)
    case mixtures(count: Int)
    case expertsTwice
    case expertsWithoutRouters(count: Int)
    case expertNumbers(names: [String])
    case expertCount(files: Int, routers: Int)
    case heads(Int, width: Int)

    // Hugging Face's `config.json`.
    case malformedConfiguration(String)
    /// A value that the model here has no counterpart of.
    case unsupported(key: String, value: String, needed: String)
    /// There is none of the files that hold weights.
    case noWeights
}
