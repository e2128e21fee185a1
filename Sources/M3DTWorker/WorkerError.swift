/// What a worker said was wrong with a request.
public struct WorkerProblem: Error, Sendable, Hashable, Codable {
    /// The kind of problem, such as `wrong-pin`; `exception` for one that the worker did not foresee.
    public let code: String
    /// What is wrong and what to do.
    public let message: String
    /// More about it, by name.
    public let details: [String: String]
    /// Where in the worker's program it came up.
    public let trace: String

    public init(code: String, message: String, details: [String: String] = [:], trace: String = "") {
        self.code = code
        self.message = message
        self.details = details
        self.trace = trace
    }
}

/// Why a worker could not be started or did not answer.
public enum WorkerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A group of Python packages is not there.
    case notInstalled(group: String)
    /// The workers' program is not where it belongs.
    case noProgram(path: String)
    /// The operating system could not start the process.
    case notStarted(program: String, reason: String)
    /// The worker answered that it cannot do what it was asked.
    case refused(WorkerProblem)
    /// The process has ended in the middle of its work.
    case ended(how: String, doing: String, words: String)
    /// No answer came in time; the process was killed.
    case silent(seconds: Double, doing: String, words: String)
    /// An answer does not keep to the protocol.
    case malformed(doing: String, reason: String)

    /// The process is gone, and another one may do better.
    public var isLoss: Bool {
        switch self {
        case .ended, .silent: true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .notInstalled(let group):
            "the Python packages of the group '\(group)' are not installed; run Scripts/setup_worker.sh \(group)"
        case .noProgram(let path): "the program of the workers, \(path), is missing; restore it from the repository"
        case .notStarted(let program, let reason):
            "the worker's Python, \(program), could not be started: \(reason); install it, or name another"
        case .refused(let problem): problem.message
        case .ended(let how, let doing, let words): "the worker \(how) while \(doing)" + Self.quoted(words)
        case .silent(let seconds, let doing, let words):
            "the worker did not answer within \(Self.number(seconds)) s while \(doing), and was killed"
                + Self.quoted(words)
        case .malformed(let doing, let reason): "the worker's answer while \(doing) is not understood: \(reason)"
        }
    }

    private static func quoted(_ words: String) -> String {
        words.isEmpty ? "; it left no words" : "; its last words:\n" + words
    }

    private static func number(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }
}
