import Foundation
import M3DTTasks
import M3DTWorker

/// Trajectories in files that a worker reads, with the libraries of the field. No code out of a file is ever run.
public final class ForeignWorker: ForeignTrajectories {
    public let format: ForeignFormat
    public let source: URL
    private let connection: WorkerConnection

    /// What the worker said that it has.
    public var versions: WorkerConnection.Versions { connection.versions }

    /// The kinds of requests; `Worker/m3dt_worker/formats/requests.py` answers them.
    private enum Kind {
        static let list: UInt32 = 64
        static let scan: UInt32 = 65
        static let read: UInt32 = 66
        static let done: UInt32 = 5
    }

    /// Silence of the worker that is not borne any longer; it reads one episode, or one pickle's beginning, at a time.
    private static let limitSeconds = 600.0

    /// Starts a worker.
    ///
    /// - Throws: `WorkerError`, such as where the packages are not installed.
    public init(_ format: ForeignFormat, source: URL, installation: WorkerInstallation = .standard) throws {
        self.format = format
        self.source = source
        connection = try WorkerConnection(
            WorkerLaunch(role: .formats, groups: ["formats"], installation: installation))
    }

    public func tasks() throws -> [ForeignTask] {
        let doing = "looking through \(source.path)"
        let request = Request(format: format, source: source.path)
        let answer = try telling {
            try connection.request(
                Kind.list, body: body(request), expecting: Kind.done, limitSeconds: Self.limitSeconds, doing: doing)
        }
        return try connection.decode(TaskList.self, from: answer, doing: doing).tasks
    }

    public func scan(
        _ task: String, _ reading: ForeignReading, onProgress: (Int) throws -> Void
    ) throws -> ForeignScan {
        let doing = "scanning task \(task)"
        var summary: ForeignScan?
        try stream(Kind.scan, Request(format: format, source: source.path, task: task, reading), doing) { part in
            let scanned = try connection.decode(ScanPart.self, from: part, doing: doing)
            summary = scanned.summary
            if let steps = scanned.steps { try onProgress(steps) }
        }
        guard let summary else { throw WorkerError.malformed(doing: doing, reason: "it has no sums") }
        return summary
    }

    public func read(
        _ task: String, as specification: TaskSpecification, _ reading: ForeignReading, partial: PartialEpisodes,
        onEpisode: (ForeignEpisode) throws -> Void
    ) throws {
        let doing = "reading task \(task)"
        var request = Request(format: format, source: source.path, task: task, reading)
        request.observationWidth = specification.observationWidth
        request.actionWidth = specification.actionWidth
        request.keepPartial = partial == .keep
        try stream(Kind.read, request, doing) { part in
            guard let episode = EpisodeRecord.episode(part, specification, source: format.rawValue) else {
                throw WorkerError.malformed(doing: doing, reason: "an episode of \(part.count) bytes")
            }
            try onEpisode(episode)
        }
    }

    private func stream(
        _ kind: UInt32, _ request: Request, _ doing: String, onPart: ([UInt8]) throws -> Void
    ) throws {
        _ = try telling {
            try connection.stream(
                kind, body: body(request), limitSeconds: Self.limitSeconds, doing: doing, onPart: onPart)
        }
    }

    private func body(_ request: Request) throws -> [UInt8] { Array(try JSONEncoder().encode(request)) }

    private func telling<Result>(_ work: () throws -> Result) throws -> Result {
        do { return try work() } catch let error as WorkerError { throw DataError(telling: error) ?? error }
    }

    private struct Request: Encodable {
        let format: ForeignFormat
        let source: String
        var task: String?
        var episodeSteps: Int?
        var innerEnds: InnerEnds?
        var observationWidth: Int?
        var actionWidth: Int?
        var keepPartial: Bool?

        init(format: ForeignFormat, source: String, task: String? = nil, _ reading: ForeignReading? = nil) {
            self.format = format
            self.source = source
            self.task = task
            episodeSteps = reading?.episodeSteps
            innerEnds = reading?.innerEnds
        }
    }

    private struct TaskList: Decodable {
        let tasks: [ForeignTask]
    }

    private struct ScanPart: Decodable {
        let steps: Int?
        let summary: ForeignScan?
    }
}

extension DataError {
    /// What a worker says is wrong with a file; nothing where the worker itself has failed.
    init?(telling error: WorkerError) {
        guard case .refused(let problem) = error, problem.code == "format" else { return nil }
        self.init(
            .foreign(fault: problem.message, remedy: problem.details["remedy"] ?? "mend the file"),
            task: problem.details["task"], file: problem.details["file"], key: problem.details["key"])
    }
}
