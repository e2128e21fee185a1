import Foundation
import M3DTTasks
import M3DTWorker

/// A worker with environments in some places, and the tapes from which their episodes can be played again.
///
/// Requests are sent first and answered later, so that several workers are busy at once. A worker that crashes or hangs is
/// replaced by a new one, in which its episodes are played again up to where they were, once for each episode.
final class EnvironmentWorker {
    private let launch: WorkerLaunch
    private let limits: WorkerLimits
    /// Environments are made so that they can draw themselves.
    private let pictures: Bool
    private let describe: (TaskSpecification) throws -> PythonEnvironment
    private var connection: WorkerConnection?
    /// The episode in each place.
    private var tapes: [Int: EpisodeTape] = [:]
    /// The task whose environment is in each place of the present process.
    private var made: [Int: TaskSpecification] = [:]
    private var pending: [Pending] = []

    /// What was sent and is to be answered.
    private enum Pending {
        case make(UInt32, place: Int)
        case reset(UInt32, place: Int)
        case step(UInt32, places: [Int])
        /// The worker was lost while it was sent.
        case lost(WorkerError)
    }

    init(
        launch: WorkerLaunch, limits: WorkerLimits, pictures: Bool = false,
        describe: @escaping (TaskSpecification) throws -> PythonEnvironment
    ) {
        self.launch = launch
        self.limits = limits
        self.pictures = pictures
        self.describe = describe
    }

    /// What the worker said that it has; nothing before it is started.
    var versions: WorkerConnection.Versions? { connection?.versions }

    /// Forgets the episode of a place: it is not played again should the worker be lost.
    func leave(_ place: Int) { tapes[place] = nil }

    // MARK: Starting episodes

    /// Sends requests to start episodes.
    ///
    /// - Throws: ``EnvironmentError``, `WorkerError` where no worker can be started.
    func sendResets(_ requests: [ResetRequest]) throws {
        for request in requests { tapes[request.slot] = EpisodeTape(request) }
        try sending { connection in
            for request in requests {
                if made[request.slot] != request.task {
                    pending.append(
                        .make(try sendMake(request.slot, request.task, connection), place: request.slot))
                }
                pending.append(.reset(try sendReset(request.slot, request.seed, connection), place: request.slot))
            }
        }
    }

    /// Waits for what ``sendResets(_:)`` asked for.
    ///
    /// - Returns: The first observations, in the order of the requests.
    /// - Throws: ``EnvironmentError``, `WorkerError`.
    func receiveResets(_ requests: [ResetRequest]) throws -> [[Double]] {
        try receiving(requests.map(\.slot)) { answer, connection in
            switch answer {
            case .make(let number, let place): try noteMade(place, number, connection)
            case .reset(let number, let place): try noteBegun(place, number, connection)
            default: break
            }
        }
        return requests.map { tapes[$0.slot]!.last!.observation }
    }

    // MARK: Steps

    /// Sends requests to step.
    ///
    /// - Throws: ``EnvironmentError`` where an action does not fit, `WorkerError` where no worker can be started.
    func sendSteps(_ requests: [StepRequest]) throws {
        for request in requests { try tapes[request.slot]!.act(request.action) }
        try sending { connection in
            pending.append(.step(try sendStep(requests, connection), places: requests.map(\.slot)))
        }
    }

    /// Waits for what ``sendSteps(_:)`` asked for.
    ///
    /// - Returns: The results, in the order of the requests.
    /// - Throws: ``EnvironmentError``, `WorkerError`.
    func receiveSteps(_ requests: [StepRequest]) throws -> [StepResult] {
        try receiving(requests.map(\.slot)) { answer, connection in
            guard case .step(let number, let places) = answer else { return }
            try noteSteps(places, number, connection)
        }
        return requests.map { tapes[$0.slot]!.last! }
    }

    // MARK: Pictures

    /// Has a place draw its environment as it is now.
    ///
    /// - Throws: ``EnvironmentError`` where it cannot draw, `WorkerError`.
    func picture(of place: Int) throws -> Picture {
        let doing = "drawing " + names([place])
        var body = FrameWriter()
        body.append(UInt32(place))
        do {
            let answer = try running().request(
                StageRequest.render, body: body.bytes, expecting: StageRequest.render, limitSeconds: limits.reset,
                doing: doing)
            return try understanding(doing) { try StageRequest.picture(FrameReader(answer)) }
        } catch WorkerError.refused(let problem) {
            throw blame(problem, among: [place])
        }
    }

    // MARK: One request

    private func sendMake(_ place: Int, _ task: TaskSpecification, _ connection: WorkerConnection) throws -> UInt32 {
        // Whether or not it can be made, the one that was there is gone.
        made[place] = nil
        let request = StageRequest.Make(
            place: place, environment: StageRequest.Description(try describe(task)), steps: task.episodeSteps,
            pictures: pictures)
        return try connection.send(
            StageRequest.make, body: Array(try JSONEncoder().encode(request)), limitSeconds: limits.reset,
            doing: "making " + names([place]))
    }

    private func noteMade(_ place: Int, _ number: UInt32, _ connection: WorkerConnection) throws {
        let doing = "making " + names([place])
        let body = try connection.answer(
            to: number, expecting: StageRequest.make, limitSeconds: limits.reset, doing: doing)
        let found = try connection.decode(StageRequest.Made.self, from: body, doing: doing)
        let tape = tapes[place]!
        guard found.observationWidth == tape.task.observationWidth else {
            throw tape.error(
                .observationWidth(expected: tape.task.observationWidth, found: found.observationWidth))
        }
        guard found.actionWidth == tape.task.actionWidth else {
            throw tape.error(.actionWidth(expected: found.actionWidth, found: tape.task.actionWidth))
        }
        made[place] = tape.task
    }

    private func sendReset(_ place: Int, _ seed: UInt64, _ connection: WorkerConnection) throws -> UInt32 {
        try connection.send(
            StageRequest.reset, body: StageRequest.resetBody(place: place, seed: seed), limitSeconds: limits.reset,
            doing: "starting an episode of " + names([place]))
    }

    private func noteBegun(_ place: Int, _ number: UInt32, _ connection: WorkerConnection) throws {
        let doing = "starting an episode of " + names([place])
        var reader = FrameReader(
            try connection.answer(
                to: number, expecting: StageRequest.reset, limitSeconds: limits.reset, doing: doing))
        try tapes[place]!.begin(try understanding(doing) { try StageRequest.observation(&reader) })
    }

    private func sendStep(_ requests: [StepRequest], _ connection: WorkerConnection) throws -> UInt32 {
        try connection.send(
            StageRequest.step, body: StageRequest.stepBody(requests), limitSeconds: limits.step,
            doing: "stepping " + names(requests.map(\.slot)))
    }

    private func noteSteps(_ places: [Int], _ number: UInt32, _ connection: WorkerConnection) throws {
        let doing = "stepping " + names(places)
        var reader = FrameReader(
            try connection.answer(
                to: number, expecting: StageRequest.step, limitSeconds: limits.step, doing: doing))
        for place in places {
            try tapes[place]!.note(try understanding(doing) { try StageRequest.result(&reader) })
        }
    }

    private func names(_ places: [Int]) -> String {
        var seen: Set<String> = []
        return places.compactMap { tapes[$0]?.task.name }.filter { seen.insert($0).inserted }.joined(separator: ", ")
    }

    private func understanding<Value>(_ doing: String, _ read: () throws -> Value) throws -> Value {
        do {
            return try read()
        } catch let error as FrameTooShort {
            throw WorkerError.malformed(doing: doing, reason: "\(error)")
        }
    }

    // MARK: Losing a worker

    /// Sends; where the worker is lost meanwhile, leaves that to ``receiving(_:_:)``.
    private func sending(_ send: (WorkerConnection) throws -> Void) throws {
        pending = []
        do {
            try send(try running())
        } catch let error as WorkerError where error.isLoss && connection != nil {
            pending = [.lost(error)]
        }
    }

    /// Takes the answers; where the worker is lost meanwhile, plays all its episodes again in a new one.
    private func receiving(_ places: [Int], _ take: (Pending, WorkerConnection) throws -> Void) throws {
        do {
            for answer in pending {
                if case .lost(let error) = answer { throw error }
                try take(answer, try running())
            }
        } catch let error as WorkerError where error.isLoss {
            try replace(after: error, busyWith: places)
        } catch WorkerError.refused(let problem) {
            throw blame(problem, among: places)
        }
    }

    private func running() throws -> WorkerConnection {
        if let connection { return connection }
        made = [:]
        let started = try WorkerConnection(launch)
        connection = started
        return started
    }

    /// What the worker said was wrong, with the task, step and seed of the place that it names.
    private func blame(_ problem: WorkerProblem, among places: [Int]) -> any Error {
        let place = problem.details["place"].flatMap { Int($0) } ?? (places.count == 1 ? places[0] : -1)
        guard let tape = tapes[place] else { return WorkerError.refused(problem) }
        return tape.error(.simulator(problem.message))
    }

    /// Starts a new worker and plays all episodes again in it.
    private func replace(after loss: WorkerError, busyWith busy: [Int]) throws {
        connection = nil
        for place in busy where tapes[place]!.wasLost { throw tapes[place]!.error(.worker("\(loss)")) }
        for place in tapes.keys.sorted() {
            guard busy.contains(place) || !tapes[place]!.isOver else { continue }
            do {
                try playAgain(place)
            } catch let second as WorkerError where second.isLoss {
                throw tapes[place]!.error(.worker("\(second)"))
            } catch WorkerError.refused(let problem) {
                throw blame(problem, among: [place])
            }
        }
    }

    /// Plays an episode from its start up to its last action, in a place of a new worker.
    private func playAgain(_ place: Int) throws {
        let connection = try running()
        let first = tapes[place]!
        tapes[place] = EpisodeTape(first.request)
        tapes[place]!.wasLost = true
        try noteMade(place, try sendMake(place, first.task, connection), connection)
        try noteBegun(place, try sendReset(place, first.request.seed, connection), connection)
        try tapes[place]!.check(against: first)
        for action in first.actions {
            let step = StepRequest(slot: place, action: action)
            try tapes[place]!.act(action)
            try noteSteps([place], try sendStep([step], connection), connection)
            try tapes[place]!.check(against: first)
        }
    }
}
