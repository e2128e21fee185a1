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
        let packages = root.appendingPathComponent(".worker/torch")
        for file in [program, packages.appendingPathComponent("stamp")]
        where !FileManager.default.fileExists(atPath: file.path) {
            if file == program { throw BenchmarkError.noYardstick(path: file.path) }
            throw BenchmarkError.yardstickFailed(reason: "there is no PyTorch in \(packages.path)")
        }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-B", program.path]
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONPATH": packages.path]) { $1 }
        process.standardInput = requests
        process.standardOutput = answers
        do {
            try process.run()
        } catch {
            throw BenchmarkError.yardstickFailed(reason: "\(error)")
        }
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        process.terminate()
    }

    /// Times some repetitions of a case.
    ///
    /// - Returns: Milliseconds of each.
    /// - Throws: ``BenchmarkError/yardstickFailed(reason:)``; what went wrong is on standard error then.
    public func measure(_ work: BenchmarkCase, _ model: ModelConfiguration, precision: Precision) throws -> [Double] {
        let request = Request(
            case: (work.work == .rolling ? .action : work.work).rawValue, experts: work.experts, rows: work.rows,
            precision: precision.rawValue, steps: work.repetitions, threads: TensorEngine.threads, sizes: model)
        guard process.isRunning else { throw BenchmarkError.yardstickFailed(reason: "its process has ended") }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let line = try encoder.encode(request) + Data("\n".utf8)
        try requests.fileHandleForWriting.write(contentsOf: line)
        let answer = try JSONDecoder().decode(Answer.self, from: readLine())
        version = answer.torch
        return answer.milliseconds
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
