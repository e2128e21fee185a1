// Shapes: T steps of an episode, S observation width, A action width.

import Foundation
import M3DTTasks

/// An episode as the body of a frame between a worker and us: a length, a JSON header of that length, then T x S
/// observations, T x A actions and T rewards as float32, and T bytes for success where the header says so.
enum EpisodeRecord {
    private struct Header: Codable {
        var steps: Int
        var terminated: Bool
        var isPrompt: Bool
        var source: String?
        var seed: String?
        var hasSuccess: Bool
    }

    /// Reads a body; nothing where it is malformed.
    ///
    /// - Parameter source: Who acted, where the file does not say.
    static func episode(_ body: [UInt8], _ task: TaskSpecification, source: String) -> ForeignEpisode? {
        guard body.count >= 4 else { return nil }
        let length = body.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
        guard length <= body.count - 4,
            let header = try? JSONDecoder().decode(Header.self, from: Data(body[4..<4 + length])), header.steps >= 0
        else { return nil }
        let counts = [task.observationWidth, task.actionWidth, 1].map { $0 * header.steps }
        let numbersEnd = 4 + length + 4 * counts.reduce(0, +)
        guard body.count == numbersEnd + (header.hasSuccess ? header.steps : 0) else { return nil }
        var place = 4 + length
        let arrays = counts.map { count in
            defer { place += 4 * count }
            return floats(body, at: place, count: count)
        }
        let successes =
            header.hasSuccess
            ? body[numbersEnd...].map { $0 != 0 } : [Bool](repeating: false, count: header.steps)
        return ForeignEpisode(
            trajectory: Trajectory(
                task: task.name, observations: arrays[0], actions: arrays[1], rewards: arrays[2], successes: successes,
                terminated: header.terminated, source: header.source ?? source, seed: header.seed.flatMap(UInt64.init)),
            isPrompt: header.isPrompt)
    }

    /// The body of an episode.
    ///
    /// - Throws: Where the header cannot be encoded.
    static func body(_ trajectory: Trajectory) throws -> [UInt8] {
        let header = try JSONEncoder().encode(
            Header(
                steps: trajectory.steps, terminated: trajectory.terminated, isPrompt: false, source: trajectory.source,
                seed: trajectory.seed.map(String.init), hasSuccess: true))
        var body = withUnsafeBytes(of: UInt32(header.count).littleEndian) { Array($0) }
        body += header
        for numbers in [trajectory.observations, trajectory.actions, trajectory.rewards] {
            numbers.withUnsafeBytes { body += $0 }
        }
        return body + trajectory.successes.map { $0 ? 1 : 0 }
    }

    /// Numbers at any alignment. Like the store's files, frames are little-endian, as is every machine that this runs on.
    private static func floats(_ body: [UInt8], at place: Int, count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            body.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[place..<place + 4 * count]))
            }
            initialized = count
        }
    }
}
