import Foundation
import M3DTModel
import M3DTTensor

/// A process that runs the same architecture in eager PyTorch and times it on request.
///
/// Its program is `Benchmarks/pytorch/yardstick.py`; one request and one answer are a line of JSON each.
public final class PyTorchYardstick {
    private struct Request: Encodable {
        let `case`: String
        let experts: Int
        let rows: Int
        let precision: String
        /// The most repetitions, of which no more are begun after some seconds.
        let repetitions: Int
        let seconds: Double
        /// Training steps in a repetition.
        let steps: Int
        let threads: Int
        let sizes: ModelConfiguration
    }

    private struct Answer: Decodable {
        let milliseconds: [Double]
        let torch: String
    }

    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()
    private var unread = Data()
    /// The version of PyTorch, known after the first answer.
    public private(set) var version = ""

    /// Starts the process.
    ///
    /// - Parameter root: The folder of the source code, in which PyTorch was installed by `Scripts/setup_worker.sh torch`.
    /// - Throws: ``BenchmarkError`` where the program is not there or cannot be started.
    public init(root: URL) throws {
        let program = root.appendingPathComponent("Benchmarks/pytorch/yardstick.py")
        let packages = Self.packages(in: root)
        guard FileManager.default.fileExists(atPath: program.path) else {
            throw BenchmarkError.noYardstick(path: program.path)
        }
        guard Self.isInstalled(in: root),
            let interpreter = try? String(contentsOf: packages.appendingPathComponent("interpreter"), encoding: .utf8)
        else { throw BenchmarkError.yardstickFailed(reason: "there is no PyTorch in \(packages.path)") }
        process.executableURL = URL(fileURLWithPath: interpreter.trimmingCharacters(in: .whitespacesAndNewlines))
        process.arguments = ["-B", program.path]
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONPATH": packages.path]) { $1 }
        process.standardInput = requests
        process.standardOutput = answers
        do {
            try process.run()
        } catch {
            throw BenchmarkError.yardstickFailed(reason: "\(error)")
        }
    }

    /// PyTorch has been installed in the folder of the source code.
    static func isInstalled(in root: URL) -> Bool {
        FileManager.default.fileExists(atPath: packages(in: root).appendingPathComponent("stamp").path)
    }

    private static func packages(in root: URL) -> URL { root.appendingPathComponent(".worker/torch") }

    deinit {
        // It ends where there are no more requests, and removes its files.
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Times some repetitions of a case.
    ///
    /// - Returns: Milliseconds of each, or of each of their training steps.
    /// - Throws: ``BenchmarkError/yardstickFailed(reason:)``; what went wrong is on standard error then.
    public func measure(_ work: BenchmarkCase, _ model: ModelConfiguration, precision: Precision) throws -> [Double] {
        let request = Request(
            case: work.work.theirs.rawValue, experts: work.experts, rows: work.rows, precision: precision.rawValue,
            repetitions: 50, seconds: 1.5, steps: work.steps, threads: TensorEngine.threads, sizes: model)
        guard process.isRunning else { throw BenchmarkError.yardstickFailed(reason: "its process has ended") }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let line = try encoder.encode(request) + Data("\n".utf8)
        try requests.fileHandleForWriting.write(contentsOf: line)
        let answer = try JSONDecoder().decode(Answer.self, from: readLine())
        version = answer.torch
        return answer.milliseconds.map { $0 / Double(work.steps) }
    }

    /// The largest resident memory that the process has had, in MiB.
    public var memory: Double? { ProcessMemory.peak(of: process.processIdentifier) }

    private func readLine() throws -> Data {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = unread[..<end]
                unread = Data(unread[(end + 1)...])
                return Data(line)
            }
            let more = answers.fileHandleForReading.availableData
            guard !more.isEmpty else { throw BenchmarkError.yardstickFailed(reason: "its process has ended") }
            unread.append(more)
        }
    }
}

extension BenchmarkCase.Work {
    /// What stands beside it in PyTorch, which has no cache.
    fileprivate var theirs: Self {
        switch self {
        case .rolling: .action
        case .rollingEvaluation: .evaluation
        default: self
        }
    }
}

/// How much memory a process has.
enum ProcessMemory {
    /// The most resident memory that a process has had, in MiB, where the system tells it.
    static func peak(of process: Int32) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(separator: " ").compactMap({ Double($0) }).first
        else { return nil }
        return kibibytes / 1024
    }
}
