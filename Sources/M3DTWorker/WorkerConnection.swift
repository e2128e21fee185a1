import Foundation

/// A worker process, and the frames that are exchanged with it.
///
/// Several requests may be under way; a worker answers them in order. A connection belongs to one thread at a time. The
/// process ends when the connection is closed or released, and also when this process dies.
public final class WorkerConnection {
    /// The version of the protocol that both sides must speak. See `Docs/worker.md`.
    public static let protocolVersion = 1

    /// Kinds of frames that every worker knows. Those of roles begin at 32.
    enum Kind {
        static let hello: UInt32 = 1
        static let ready: UInt32 = 2
        static let problem: UInt32 = 3
        static let part: UInt32 = 4
        static let done: UInt32 = 5
    }

    /// What a worker says of itself when it is ready.
    public struct Versions: Sendable, Hashable, Codable {
        public let `protocol`: Int
        public let python: String
        /// The versions of the packages of its groups.
        public let packages: [String: String]

        public init(`protocol`: Int, python: String, packages: [String: String]) {
            (self.protocol, self.python, self.packages) = (`protocol`, python, packages)
        }
    }

    public let launch: WorkerLaunch
    public private(set) var versions = Versions(protocol: 0, python: "", packages: [:])
    private let stream: FrameStream
    private var lastRequest: UInt32 = 0

    /// Starts a worker and exchanges versions with it.
    ///
    /// - Throws: ``WorkerError``: where packages are missing or not those that are pinned, it says which and what to do.
    public init(_ launch: WorkerLaunch) throws {
        self.launch = launch
        stream = FrameStream(try ChildProcess(command: launch.command(), variables: launch.variables))
        let doing = "starting"
        let answer = try request(
            Kind.hello, body: Array(JSONEncoder().encode(launch.greeting)), expecting: Kind.ready,
            limitSeconds: launch.startLimitSeconds, doing: doing)
        versions = try decode(Versions.self, from: answer, doing: doing)
        guard versions.protocol == Self.protocolVersion else {
            throw WorkerError.malformed(
                doing: doing,
                reason: "it speaks version \(versions.protocol) of the protocol, not \(Self.protocolVersion)")
        }
    }

    /// Ends the worker; it has two seconds to do so by itself.
    public func close() { stream.process.end(graceSeconds: 2) }

    deinit { close() }

    /// Sends a request and waits for its answer.
    ///
    /// - Parameters:
    ///   - expecting: The kind that the answer must be of.
    ///   - doing: What the request is for, as a part of a sentence: `stepping task reach-v2`.
    /// - Throws: ``WorkerError``.
    public func request(
        _ kind: UInt32, body: [UInt8], expecting: UInt32, limitSeconds: Double, doing: String
    ) throws -> [UInt8] {
        let number = try send(kind, body: body, limitSeconds: limitSeconds, doing: doing)
        return try answer(to: number, expecting: expecting, limitSeconds: limitSeconds, doing: doing)
    }

    /// Sends a request whose answer comes in any number of parts.
    ///
    /// - Parameters:
    ///   - limitSeconds: For each part.
    ///   - onPart: Gets each part as it comes.
    /// - Returns: The body of the frame after the last part.
    /// - Throws: ``WorkerError``, and what `onPart` throws; the connection is then to be closed.
    public func stream(
        _ kind: UInt32, body: [UInt8], limitSeconds: Double, doing: String, onPart: ([UInt8]) throws -> Void
    ) throws -> [UInt8] {
        let number = try send(kind, body: body, limitSeconds: limitSeconds, doing: doing)
        while true {
            let frame = try frame(answering: number, limitSeconds: limitSeconds, doing: doing)
            if frame.kind == Kind.done { return frame.body }
            guard frame.kind == Kind.part else { throw unexpected(frame.kind, doing) }
            try onPart(frame.body)
        }
    }

    /// Sends a request, to be answered later.
    ///
    /// - Returns: What to ask for in ``answer(to:expecting:limitSeconds:doing:)``.
    /// - Throws: ``WorkerError``.
    public func send(_ kind: UInt32, body: [UInt8], limitSeconds: Double, doing: String) throws -> UInt32 {
        lastRequest &+= 1
        let frame = Frame(kind: kind, request: lastRequest, body: body)
        try stream.write(frame, before: Deadline(seconds: limitSeconds), doing: doing)
        return lastRequest
    }

    /// Waits for the answer to a request; answers to earlier ones are passed over.
    ///
    /// - Throws: ``WorkerError``.
    public func answer(
        to request: UInt32, expecting: UInt32, limitSeconds: Double, doing: String
    ) throws -> [UInt8] {
        let frame = try frame(answering: request, limitSeconds: limitSeconds, doing: doing)
        guard frame.kind == expecting else { throw unexpected(frame.kind, doing) }
        return frame.body
    }

    /// Decodes a body of JSON.
    ///
    /// - Throws: ``WorkerError/malformed(doing:reason:)``.
    public func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8], doing: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw WorkerError.malformed(doing: doing, reason: "\(error)")
        }
    }

    private func frame(answering request: UInt32, limitSeconds: Double, doing: String) throws -> Frame {
        let deadline = Deadline(seconds: limitSeconds)
        while true {
            let frame = try stream.read(before: deadline, doing: doing)
            guard frame.request == request else { continue }
            guard frame.kind == Kind.problem else { return frame }
            throw WorkerError.refused(try decode(WorkerProblem.self, from: frame.body, doing: doing))
        }
    }

    private func unexpected(_ kind: UInt32, _ doing: String) -> WorkerError {
        .malformed(doing: doing, reason: "it is of kind \(kind)")
    }
}
