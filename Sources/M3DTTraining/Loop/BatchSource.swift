// Shapes: B rows, K context steps, P prompt steps.

import Foundation
import M3DTData
import M3DTModel
import M3DTRandom
import M3DTStorage
import M3DTTasks

/// Where training takes its batches from: each is a function of a number and of the tasks of its rows.
public protocol BatchSource: Sendable {
    var tasks: [TaskSpecification] { get }
    var shape: BatchShape { get }
    /// The steps of the longest episode.
    var longestEpisode: Int { get }
    /// The batch of a number, any integer, with one row for each of the given tasks; called from several threads.
    func batch(step: Int, tasks: [Int]) -> Batch
    /// A checksum of all the data of a task, which is read for it.
    func checksum(of task: Int) -> String
    /// A checksum of all the data of a task that is known without reading it.
    func recordedChecksum(of task: Int) -> String?
}

extension Sampler: BatchSource {}

extension BatchSource {
    /// Checks that a model can read the batches.
    ///
    /// - Throws: ``TrainingError/sizeMismatch(field:data:model:)`` for the first size that does not fit.
    func check(fits model: ModelConfiguration) throws {
        for (field, data, model) in [
            ("contextSteps", shape.contextSteps, model.contextSteps),
            ("promptSteps", shape.promptSteps, model.promptSteps),
            ("stateWidth", shape.stateWidth, model.stateWidth),
            ("actionWidth", shape.actionWidth, model.actionWidth),
        ] where data != model {
            throw TrainingError.sizeMismatch(field: field, data: data, model: model)
        }
        guard longestEpisode <= model.episodeSteps else {
            throw TrainingError.sizeMismatch(field: "episodeSteps", data: longestEpisode, model: model.episodeSteps)
        }
    }

    /// A checksum of the data of the given tasks and of how batches are made of it.
    ///
    /// Beside the data it covers one row of each task, which other options or seeds would have made differently. Other tasks beside
    /// these have no influence.
    ///
    /// - Parameter inFull: Read all the data, even where its checksum is known. A store is told from another by what it recorded, so
    ///   that a training on many gigabytes begins at once.
    func fingerprint(of tasks: [Int], inFull: Bool = false) -> String {
        let batch = batch(step: BatchNumbers.fingerprint, tasks: tasks)
        let checksums = tasks.map { (inFull ? nil : recordedChecksum(of: $0)) ?? checksum(of: $0) }
        var bytes = Data(checksums.joined(separator: " ").utf8)
        for numbers in [
            batch.states, batch.actions, batch.returnsToGo, batch.mask, batch.actionMask, batch.promptStates,
            batch.promptActions, batch.promptReturnsToGo, batch.promptMask,
        ] {
            numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        for numbers in [batch.timesteps, batch.promptTimesteps] {
            numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return Checksum.crc32(of: bytes)
    }
}

/// Which numbers of batches serve which purpose, so that none is drawn for two.
///
/// A stage's batches begin at a number of its own, from 0 to 2^48; measurements count down from -2.
enum BatchNumbers {
    static let fingerprint = -1

    /// The number of the first batch of a stage, or of a part of one.
    static func first(of name: String) -> Int {
        Int(RandomStream(seed: 0).split(name).key >> 16)
    }

    /// The number of a batch that only measures.
    static func measurement(_ index: Int) -> Int { -2 - index }
}
