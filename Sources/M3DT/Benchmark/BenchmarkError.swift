/// Why a benchmark cannot be run.
public enum BenchmarkError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownCase(name: String, nearest: String?)
    /// The program that times PyTorch is not where it is looked for.
    case noYardstick(path: String)
    /// PyTorch could not be timed.
    case yardstickFailed(reason: String)

    public var description: String {
        switch self {
        case .unknownCase(let name, let nearest):
            "there is no benchmark '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        case .noYardstick(let path):
            "\(path) is not there; run m3dt bench --against-pytorch in the folder of its source code"
        case .yardstickFailed(let reason):
            "PyTorch could not be timed: \(reason); install it with Scripts/setup_worker.sh torch"
        }
    }
}
