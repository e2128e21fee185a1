import M3DTWorker

/// An environment that is played in a worker: which library has it, under which name, made with which arguments.
public struct PythonEnvironment: Codable, Sendable, Hashable {
    /// Where an environment comes from.
    public enum Library: String, Codable, Sendable, CaseIterable {
        /// Gymnasium's registry. The name is Gymnasium's; with `module:NAME`, the module is imported first.
        case gymnasium
        /// Meta-World. The name is the package's, such as `reach-v3`.
        case metaWorld = "metaworld"
        /// A class of Python's own, named as `module:Class`: with `observation_width`, `action_width`, and Gymnasium's
        /// `reset` and `step`.
        case python
    }

    public var library: Library
    public var id: String
    /// Keyword arguments with which it is made.
    public var arguments: [String: PythonArgument]
    /// A Python of the user's own, in which the library is installed. Default: the pinned packages of `make worker`.
    public var python: String?
    /// Folders in which modules are looked for.
    public var paths: [String]

    public init(
        library: Library, id: String, arguments: [String: PythonArgument] = [:], python: String? = nil,
        paths: [String] = []
    ) {
        self.library = library
        self.id = id
        self.arguments = arguments
        self.python = python
        self.paths = paths
    }

    /// The worker that plays it.
    public var launch: WorkerLaunch {
        let isPinned = python == nil && library != .python
        return WorkerLaunch(
            role: .environments, groups: isPinned ? ["simulators"] : [], python: python, paths: paths,
            variables: [
                // Every worker has a processor for itself.
                "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
                // Pictures are drawn without a display.
                "MUJOCO_GL": "osmesa", "PYOPENGL_PLATFORM": "osmesa",
            ])
    }
}

/// A value that goes to Python as an argument.
public indirect enum PythonArgument: Codable, Sendable, Hashable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([PythonArgument])
    case dictionary([String: PythonArgument])

    /// - Throws: `DecodingError` where the value is of none of these kinds.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .none
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([PythonArgument].self) {
            self = .list(value)
        } else {
            self = .dictionary(try container.decode([String: PythonArgument].self))
        }
    }

    /// - Throws: `EncodingError`, as for a number that is not finite.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .none: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .dictionary(let value): try container.encode(value)
        }
    }
}
