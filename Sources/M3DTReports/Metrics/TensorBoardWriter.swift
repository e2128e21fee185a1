import Foundation
import Synchronization

/// Writes event files that TensorBoard opens, one folder a stage.
///
/// TensorBoard shows each stage as a run of its own, so that stages that measure the same thing lie over each other.
/// Numbers are kept as float32, as TensorBoard does.
public final class TensorBoardWriter: MetricsSink {
    /// The run's `tensorboard` folder.
    public let folder: URL
    private let nonFinite: NonFinitePolicy
    private let unixSeconds: @Sendable () -> Double
    private let files = Mutex<[String: AppendFile]>([:])

    /// Makes a writer; files are made when a stage writes first.
    ///
    /// - Parameters:
    ///   - folder: The run's `tensorboard` folder.
    ///   - unixSeconds: The clock, seconds since 1970.
    public init(
        folder: URL, nonFinite: NonFinitePolicy = .refuse,
        unixSeconds: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        self.folder = folder
        self.nonFinite = nonFinite
        self.unixSeconds = unixSeconds
    }

    /// - Throws: ``ReportError`` where a number is not finite or the file cannot be written.
    public func record(_ record: MetricsRecord) throws {
        if nonFinite == .refuse { try record.checkFinite() }
        try append(.scalars(record.values), stage: record.stage, step: record.step)
    }

    /// - Throws: ``ReportError/file(path:operation:reason:)``.
    public func record(_ picture: MetricsPicture) throws {
        try append(.picture(name: picture.name, picture.picture), stage: picture.stage, step: picture.step)
    }

    /// - Throws: ``ReportError/file(path:operation:reason:)``.
    public func record(_ text: MetricsText) throws {
        try append(.text(name: text.name, text.text), stage: text.stage, step: text.step)
    }

    /// Goes on in a new file, which tells TensorBoard to drop what the stage wrote after the given step.
    ///
    /// - Throws: ``ReportError/file(path:operation:reason:)``.
    public func resume(stage: String, after step: Int) throws {
        files.withLock { $0[stage] = nil }
        try append(.restart, stage: stage, step: step + 1)
    }

    private func append(_ event: TensorBoardEvent, stage: String, step: Int) throws {
        let seconds = unixSeconds()
        try files.withLock { files in
            var file = try files[stage] ?? newFile(stage: stage, unixSeconds: seconds)
            try file.append(event.framed(step: step, unixSeconds: seconds))
            files[stage] = file
        }
    }

    /// TensorBoard reads a folder's files in the order of their names, so the name begins with the time and a running number.
    private func newFile(stage: String, unixSeconds: Double) throws -> AppendFile {
        let stageFolder = folder.appendingPathComponent(stage)
        let prefix = "events.out.tfevents."
        let existing = ((try? FileManager.default.contentsOfDirectory(atPath: stageFolder.path)) ?? [])
            .filter { $0.hasPrefix(prefix) }
        let latest = existing.compactMap { Int($0.dropFirst(prefix.count).prefix(10)) }.max() ?? 0
        let name = prefix + String(format: "%010d.%04d.m3dt", max(Int(unixSeconds), latest), existing.count)
        var file = try AppendFile(at: stageFolder.appendingPathComponent(name))
        try file.append(TensorBoardEvent.fileVersion.framed(step: 0, unixSeconds: unixSeconds))
        return file
    }
}
