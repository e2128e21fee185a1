import ArgumentParser
import Foundation
import M3DT

extension OwnProgram {
    /// Runs a command of this program in a process of its own, and reads what it prints as JSON.
    ///
    /// - Throws: `ExitCode` where it fails; it has said why.
    static func answer<Answer: Decodable>(to arguments: [String]) throws -> Answer {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
        return try JSONDecoder().decode(Answer.self, from: answer)
    }
}
