import Foundation
import M3DTTasks
import M3DTWorker
import Testing

@testable import M3DTData

@Suite struct EpisodeRecordTests {
    private let task = TaskSpecification(
        name: "t", domain: .custom, observationWidth: 2, actionWidth: 1, episodeSteps: 9, targetReturn: 1,
        returnScale: 1,
        score: .success, evaluationEpisodes: 1)
    private let trajectory = Trajectory(
        task: "t", observations: [1, 2, 3, 4], actions: [-0.5, .leastNonzeroMagnitude], rewards: [1.5, -2],
        successes: [false, true], terminated: true, source: "who", seed: .max)

    @Test func everythingComesBack() throws {
        let episode = EpisodeRecord.episode(try EpisodeRecord.body(trajectory), task, source: "file")
        #expect(episode == ForeignEpisode(trajectory: trajectory))
    }

    @Test func whatIsNotSaidIsFilledIn() throws {
        let header = #"{"steps":1,"terminated":false,"isPrompt":true,"hasSuccess":false}"#
        var body = withUnsafeBytes(of: UInt32(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
        body += [UInt8](repeating: 0, count: 16)
        let episode = try #require(EpisodeRecord.episode(body, task, source: "file"))
        #expect(episode.isPrompt)
        #expect((episode.trajectory.source, episode.trajectory.seed) == ("file", nil))
        #expect(episode.trajectory.successes == [false])
    }

    @Test func malformedBodiesAreNoEpisodes() throws {
        let body = try EpisodeRecord.body(trajectory)
        for count in [0, 3, 4, 20, body.count - 1] {
            #expect(EpisodeRecord.episode(Array(body.prefix(count)), task, source: "") == nil)
        }
        #expect(EpisodeRecord.episode(body + [0], task, source: "") == nil)
        #expect(EpisodeRecord.episode([255, 255, 255, 255, 1], task, source: "") == nil)
    }

    @Test func whatAWorkerSaysOfAFileNamesItsPlace() {
        let problem = WorkerProblem(
            code: "format", message: "the key is missing",
            details: ["file": "0.npz", "key": "actions", "task": "reach", "remedy": "write it"])
        let error = DataError(telling: .refused(problem))
        #expect(error?.description == "0.npz, task reach, key actions: the key is missing; write it")
        #expect(DataError(telling: .refused(WorkerProblem(code: "exception", message: "x"))) == nil)
        #expect(DataError(telling: .notInstalled(group: "formats")) == nil)
    }
}
