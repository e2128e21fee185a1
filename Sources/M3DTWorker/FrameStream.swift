import Foundation

/// A message between a worker and its parent.
struct Frame {
    let kind: UInt32
    /// An answer carries the number of the request that it answers.
    let request: UInt32
    let body: [UInt8]

    static let headerBytes = 12
    static let longestBody = 1 << 30
}

/// When to give up.
struct Deadline {
    let seconds: Double
    private let end: Double

    init(seconds: Double) {
        self.seconds = seconds
        end = ProcessInfo.processInfo.systemUptime + seconds
    }

    var secondsLeft: Double { end - ProcessInfo.processInfo.systemUptime }
}

/// Reads and writes frames without ever waiting longer than it is told to.
///
/// While it waits it also takes what the process writes to its standard error, so that this never fills up, and keeps the end.
final class FrameStream {
    let process: ChildProcess
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
    private var received: [UInt8] = []
    /// How much of `received` was used.
    private var used = 0
    private var words: [UInt8] = []

    /// Bytes of the process's last words that are kept.
    private static let keptWords = 4000
    /// How long it is slept at most before the process is looked at, since a child of its own may keep its files open.
    private static let lookSeconds = 1.0

    init(_ process: ChildProcess) { self.process = process }

    deinit { buffer.deallocate() }

    /// Writes a frame.
    ///
    /// - Throws: ``WorkerError`` where the process has ended or takes nothing.
    func write(_ frame: Frame, before deadline: Deadline, doing: String) throws {
        guard !process.isClosed else { throw closed(doing) }
        var writer = FrameWriter(capacity: Frame.headerBytes + frame.body.count)
        for number in [UInt32(frame.body.count), frame.kind, frame.request] { writer.append(number) }
        writer.append(bytes: frame.body)
        let bytes = writer.bytes
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(process.socket, $0.baseAddress! + sent, bytes.count - sent, Self.sendFlags)
            }
            if count > 0 { sent += count } else { try handle(waitingFor: Int16(POLLOUT), deadline, doing) }
        }
    }

    /// Reads a frame.
    ///
    /// - Throws: ``WorkerError`` where the process has ended, says nothing or breaks the protocol.
    func read(before deadline: Deadline, doing: String) throws -> Frame {
        guard !process.isClosed else { throw closed(doing) }
        try fill(Frame.headerBytes, deadline, doing)
        var header = FrameReader(Array(received[used..<used + Frame.headerBytes]))
        let (length, kind, request) = (Int(try header.uint32()), try header.uint32(), try header.uint32())
        guard length <= Frame.longestBody else {
            throw WorkerError.malformed(doing: doing, reason: "it announces \(length) bytes")
        }
        try fill(Frame.headerBytes + length, deadline, doing)
        let start = used + Frame.headerBytes
        let body = Array(received[start..<start + length])
        used = start + length
        return Frame(kind: kind, request: request, body: body)
    }

    /// Receives until at least `count` unused bytes are there.
    private func fill(_ count: Int, _ deadline: Deadline, _ doing: String) throws {
        if received.count - used >= count { return }
        received.removeFirst(used)
        used = 0
        received.reserveCapacity(count)
        while received.count < count {
            let got = recv(process.socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if got == 0 { throw lost(doing) }
            if got < 0 {
                try handle(waitingFor: Int16(POLLIN), deadline, doing)
            } else {
                received.append(contentsOf: buffer[..<got])
            }
        }
    }

    /// After a call that could not go on, told by `errno`: waits until it may.
    private func handle(waitingFor events: Int16, _ deadline: Deadline, _ doing: String) throws {
        guard errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR else { throw lost(doing) }
        let left = deadline.secondsLeft
        guard left > 0 else { throw silent(deadline.seconds, doing) }
        var files = [
            pollfd(fd: process.socket, events: events, revents: 0),
            pollfd(fd: process.words, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = Int32((min(left, Self.lookSeconds) * 1000).rounded(.up))
        let ready = poll(&files, 2, milliseconds)
        if files[1].revents != 0 { takeWords() }
        // The socket is looked at first: a last answer may lie there. Only when nothing does, the process is asked for.
        if ready == 0, !process.isRunning { throw lost(doing) }
        // A closed standard error is always ready; without a pause this would spin.
        if files[0].revents == 0, files[1].revents & Int16(POLLHUP) != 0 { usleep(1000) }
    }

    private func closed(_ doing: String) -> WorkerError {
        .ended(how: process.ending, doing: doing, words: lastWords)
    }

    private func lost(_ doing: String) -> WorkerError {
        process.wait(seconds: 2)
        takeWords()
        return .ended(how: process.ending, doing: doing, words: lastWords)
    }

    private func silent(_ seconds: Double, _ doing: String) -> WorkerError {
        takeWords()
        process.end(graceSeconds: 0)
        return .silent(seconds: seconds, doing: doing, words: lastWords)
    }

    private var lastWords: String {
        String(decoding: words, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func takeWords() {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = Foundation.read(process.words, &buffer, buffer.count)
            guard count > 0 else { return }
            words += buffer[..<count]
            if words.count > Self.keptWords { words.removeFirst(words.count - Self.keptWords) }
        }
    }

    #if canImport(Darwin)
        private static let sendFlags = Int32(MSG_DONTWAIT)
    #else
        // Without a signal where the other end is closed.
        private static let sendFlags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    #endif
}
