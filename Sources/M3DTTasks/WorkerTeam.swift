import Foundation

/// A fixed number of threads that share out numbered pieces of work.
///
/// The caller is one of the workers, so a team of one runs everything on the calling thread. Which worker gets which piece
/// is not fixed; a piece must not depend on it. A team does one job at a time, and a piece may not use its own team.
public final class WorkerTeam {
    /// Workers, the caller included.
    public let count: Int
    private let board: Board

    /// Starts `count - 1` threads, which wait for work until the team is released.
    ///
    /// - Precondition: `count` is at least 1.
    public init(count: Int = WorkerTeam.processorCount) {
        precondition(count >= 1, "a team needs at least one worker, not \(count)")
        self.count = count
        let board = Board()
        self.board = board
        for worker in 1..<count {
            let thread = Thread { board.serve(worker) }
            thread.name = "worker \(worker)"
            thread.start()
        }
    }

    deinit { board.close() }

    /// The processors that this process may use.
    public static var processorCount: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// Does `body(piece, worker)` once for each piece in 0 ..< `pieces` and returns the results in order.
    ///
    /// - Throws: The error of the first piece, by number, that failed; the others are done all the same.
    public func map<Result>(_ pieces: Int, _ body: (_ piece: Int, _ worker: Int) throws -> Result) throws -> [Result] {
        var results = [Swift.Result<Result, any Error>?](repeating: nil, count: pieces)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let buffer = buffer
            withoutActuallyEscaping(body) { body in
                nonisolated(unsafe) let body = body
                board.run(pieces) { piece, worker in
                    buffer[piece] = Swift.Result { try body(piece, worker) }
                }
            }
        }
        return try results.map { try $0!.get() }
    }
}

/// Where workers find their next piece.
// Every stored property is read and written under `condition`.
private final class Board: @unchecked Sendable {
    typealias Work = @Sendable (_ piece: Int, _ worker: Int) -> Void

    private let condition = NSCondition()
    private var work: Work?
    private var pieces = 0
    private var next = 0
    private var unfinished = 0
    private var closed = false

    func run(_ pieces: Int, _ work: @escaping Work) {
        condition.lock()
        (self.work, self.pieces, next, unfinished) = (work, pieces, 0, pieces)
        condition.broadcast()
        takePieces(worker: 0)
        while unfinished > 0 { condition.wait() }
        self.work = nil
        condition.unlock()
    }

    func serve(_ worker: Int) {
        condition.lock()
        while !closed {
            takePieces(worker: worker)
            if !closed { condition.wait() }
        }
        condition.unlock()
    }

    func close() {
        condition.lock()
        closed = true
        condition.broadcast()
        condition.unlock()
    }

    /// Does pieces until none is left. Called and left with the lock held.
    private func takePieces(worker: Int) {
        while next < pieces, let work {
            let piece = next
            next += 1
            condition.unlock()
            work(piece, worker)
            condition.lock()
            unfinished -= 1
            if unfinished == 0 { condition.broadcast() }
        }
    }
}
