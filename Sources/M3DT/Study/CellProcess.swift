import Foundation
import M3DTWorker

/// A command of this program in a process of its own that does a part of a cell, and what it says while it does.
final class CellProcess {
    /// How far the command has come.
    struct Position: Equatable {
        var stage: String
        var step: Int
    }

    private let process: ChildProcess
    private var unread = Data()
    /// The last of what it has said that is not progress.
    private var words: [String] = []
    /// The first and the latest of what it has said about optimiser steps.
    private(set) var first, position: Position?

    /// Starts a command.
    ///
    /// - Parameter threads: Of its matrix products.
    /// - Throws: `WorkerError` where the program cannot be started.
    init(program: String, arguments: [String], threads: Int) throws {
        process = try ChildProcess(command: [program] + arguments, variables: ["OMP_NUM_THREADS": "\(threads)"])
    }

    /// Takes in what the process has said, and tells whether it is still there.
    func poll() -> Bool {
        let isRunning = process.isRunning
        _ = Self.read(process.socket)
        unread += Self.read(process.words)
        while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
            take(unread[unread.startIndex..<end])
            unread = Data(unread[unread.index(after: end)...])
        }
        return isRunning
    }

    /// Asks it to save and stop.
    func askToStop() { process.askToStop() }

    var exitCode: Int32? { process.exitCode }

    /// Why it ended without having done its work.
    var reason: String {
        let own = words.last { $0.hasPrefix("m3dt: ") }?.dropFirst("m3dt: ".count)
        return own.map(String.init) ?? ([process.ending] + words.suffix(3)).joined(separator: "; ")
    }

    private struct Progress: Decodable {
        let stage: String?
        let step: Int?
        let unit: String?
    }

    private func take(_ line: Data) {
        guard let progress = try? JSONDecoder().decode(Progress.self, from: line) else {
            words = (words + [String(decoding: line, as: UTF8.self)]).suffix(20)
            return
        }
        guard let stage = progress.stage, let step = progress.step, progress.unit == "steps" else { return }
        position = Position(stage: stage, step: step)
        if first == nil { first = position }
    }

    /// All that is there to be read now.
    private static func read(_ socket: Int32) -> Data {
        var found = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return found }
            found += buffer[..<count]
        }
    }
}
