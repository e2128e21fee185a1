import Foundation
import M3DTStorage
import M3DTTensor
import M3DTWorker

/// The version of this software.
public let m3dtVersion = "0.1.0"

/// What a run or a data set was computed with; kept beside its results.
public struct Versions: Codable, Sendable, Equatable {
    public let m3dt: String
    public let libtorch: String
    public let system: String
    public let processors: Int
    /// Python and its packages by name, where workers took part. Where they had several versions of one, all of them,
    /// separated by commas.
    public var workers: [String: String]?

    /// The versions of this process.
    public static var current: Versions {
        Versions(
            m3dt: m3dtVersion, libtorch: TensorEngine.version,
            system: ProcessInfo.processInfo.operatingSystemVersionString,
            processors: ProcessInfo.processInfo.activeProcessorCount)
    }

    /// The name of the file of versions in a folder.
    public static let fileName = "versions.json"

    /// Adds what workers had to the versions in a file, which is made if it is not there.
    ///
    /// - Throws: `StorageError` where the file cannot be written, `DecodingError` where it holds something else.
    public static func note(_ workers: Set<WorkerConnection.Versions>, in file: URL) throws {
        if workers.isEmpty { return }
        var versions = Versions.current
        if FileManager.default.fileExists(atPath: file.path) {
            versions = try JSONDecoder().decode(Versions.self, from: Data(contentsOf: file))
        }
        for worker in workers { versions.add(worker) }
        try versions.write(to: file)
    }

    /// Writes the versions as JSON, atomically.
    ///
    /// - Throws: `StorageError` where the file cannot be written.
    func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(self), to: file)
    }

    private mutating func add(_ worker: WorkerConnection.Versions) {
        var all = workers ?? [:]
        all.merge(worker.packages.merging(["python": worker.python]) { $1 }) { known, new in
            Set(known.components(separatedBy: ", ")).union([new]).sorted().joined(separator: ", ")
        }
        workers = all
    }
}
