import M3DTTraining

/// Times the steps of a training loop from one to the next, what it waits for included.
final class Stopwatch: TrainingObserver {
    private let rounds: Rounds
    private let isByStep: Bool
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant?
    private var steps = 0

    init(_ rounds: Rounds, byStep isByStep: Bool) {
        self.rounds = rounds
        self.isByStep = isByStep
    }

    /// - Throws: ``Rounds/Enough``, which ends the training.
    func training(_ event: TrainingEvent) throws {
        switch event {
        case .stepped where isByStep:
            steps += 1
            if let last, steps > Benchmark.warmUp { try note(1, as: 1, since: last) }
            last = clock.now
        case .measured(let metrics):
            if !isByStep || steps > Benchmark.warmUp {
                rounds.note(waitShare: metrics.values["speed/data_wait_share"])
            }
            guard !isByStep else { break }
            // The first round holds the steps before recording, and the recording.
            if let last { try note(Benchmark.stepsAtOnce, as: rounds.result.work.repetitions, since: last) }
            last = clock.now
        default: break
        }
    }

    /// Notes the mean time of some steps as that of each repetition.
    private func note(_ steps: Int, as repetitions: Int, since start: ContinuousClock.Instant) throws {
        let milliseconds = 1000 * (clock.now - start).inSeconds / Double(steps)
        for _ in 0..<repetitions { try rounds.note(milliseconds: milliseconds) }
    }
}
