/// Why a model could not be made, loaded or run.
public enum ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A field of the configuration makes no sense.
    case configuration(field: String, problem: String)
    /// A checkpoint of another project lacks something or holds something else.
    case checkpoint(file: String, problem: CheckpointProblem)
    /// A folder of goldens lacks something.
    case goldens(folder: String, problem: String)

    public var description: String {
        switch self {
        case .configuration(let field, let problem): "model configuration: \(field) \(problem)"
        case .checkpoint(let file, let problem): "\(file): \(problem.text)"
        case .goldens(let folder, let problem): "goldens in \(folder): \(problem)"
        }
    }
}

extension CheckpointProblem {
    fileprivate var text: String {
        switch self {
        case .unknownKind:
            "its tensors are neither a backbone's, an expert's nor a mixture's of the reference release; "
                + "list them with m3dt checkpoint info"
        case .looseHuggingFace: "these are weights of Hugging Face's model; give its folder, with config.json in it"
        case .inflated(let claimed, let file):
            "its tensors claim \(claimed) bytes, and the file has \(file); load it in PyTorch, give each its own numbers with "
                + "clone(), and save it again"
        case .elementType(let tensor, let type):
            "'\(tensor)' holds \(type.rawValue) elements; save it as F32, F16 or BF16, which are taken over exactly"
        case .notFinite(let tensor):
            "'\(tensor)' holds a number that is not finite; the training that wrote it has failed, take an earlier checkpoint"
        case .dimensions(let tensor, let shape, let needed):
            "'\(tensor)' has the shape \(shape), and \(needed) positive dimensions are needed; it belongs to another model"
        case .backbones(let count):
            "one of the files must be a backbone, and \(count) are; give one (prompt_model_...)"
        case .mixtures(let count): "\(count) of the files hold routers; give one of them (moe_...)"
        case .expertsTwice: "it holds its experts itself; leave the files of single experts out"
        case .expertsWithoutRouters(let count):
            "\(count) experts need the routers that weigh them; give the file that holds these (moe_...), or one expert alone"
        case .expertNumbers(let names):
            "the routers need their experts in order, which is read off names such as expert_0_iter_10, once each from 0 on; "
                + "these are \(names.joined(separator: ", "))"
        case .expertCount(let files, let routers):
            "its routers weigh \(routers) experts, and \(files) are given; give all files of its own training"
        case .heads(let heads, let width):
            "its width of \(width) is no multiple of \(heads) attention heads; "
                + "say with --heads how many it was trained with"
        case .malformedConfiguration(let problem): "\(problem); fetch the file again or correct it"
        case .unsupported(let key, let value, let needed):
            "\(key) is \(value); only \(needed) can be taken over exactly"
        case .noWeights: "it holds neither model.safetensors nor pytorch_model.bin; save the weights as one of these"
        }
    }
}
