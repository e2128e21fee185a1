/// Why a model could not be made, loaded or run.
public enum ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A field of the configuration makes no sense.
    case configuration(field: String, problem: String)
    /// A checkpoint of the reference lacks something or holds something else.
    case referenceCheckpoint(file: String, problem: String)
    /// A folder of goldens lacks something.
    case goldens(folder: String, problem: String)

    public var description: String {
        switch self {
        case .configuration(let field, let problem): "model configuration: \(field) \(problem)"
        case .referenceCheckpoint(let file, let problem): "\(file): \(problem)"
        case .goldens(let folder, let problem): "goldens in \(folder): \(problem)"
        }
    }
}
