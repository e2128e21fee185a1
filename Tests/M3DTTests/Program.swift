import Foundation

/// The built program, run as a user runs it.
struct Program {
    struct Result {
        let code: Int32
        /// What ended the program was a signal.
        let wasKilled: Bool
        let output: String
        let errors: String
    }

    /// The program lies beside the test binary.
    static var url: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("m3dt")
    }

    /// Runs the program to its end, or sends it a signal when it has run for `seconds`, or when all of some files have contents.
    static func run(
        _ arguments: [String], in folder: URL? = nil, signal: Int32 = SIGKILL, after seconds: Double? = nil,
        onceThereAre awaited: [URL] = [], environment: [String: String] = [:]
    ) throws -> Result {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("program-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let files = try ["out", "err"].map { name in
            let url = scratch.appendingPathComponent(name)
            _ = FileManager.default.createFile(atPath: url.path, contents: nil)
            return (url, try FileHandle(forWritingTo: url))
        }
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        (process.standardOutput, process.standardError) = (files[0].1, files[1].1)
        try process.run()
        if let seconds {
            Thread.sleep(forTimeInterval: seconds)
            kill(process.processIdentifier, signal)
        }
        if !awaited.isEmpty {
            while process.isRunning, !awaited.allSatisfy({ (try? Data(contentsOf: $0))?.isEmpty == false }) {
                Thread.sleep(forTimeInterval: 0.02)
            }
            kill(process.processIdentifier, signal)
        }
        process.waitUntilExit()
        return Result(
            code: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
            output: try String(contentsOf: files[0].0, encoding: .utf8),
            errors: try String(contentsOf: files[1].0, encoding: .utf8))
    }
}
