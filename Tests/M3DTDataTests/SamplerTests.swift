import M3DTTasks
import Testing

@testable import M3DTData

// Shapes: B rows, K context steps, P prompt steps, S padded state width, A padded action width.

@Suite struct SamplerTests {
    @Test func rowsAreExactWindowsWithLeftPadding() throws {
        let sampler = try Sampler.sample()
        let scaling = sampler.profile(task: 0).scaling
        let episodes = [Trajectory].sample()
        var paddedRows = 0
        for step in 0..<50 {
            let batch = sampler.batch(step: step, task: 0)
            for row in 0..<16 {
                let slots = row * 4..<row * 4 + 4
                let real = Int(batch.mask[slots].reduce(0, +))
                paddedRows += real < 4 ? 1 : 0
                try #require(real > 0)
                #expect(Array(batch.mask[slots]) == [0, 0, 0, 0].dropLast(real) + Array(repeating: 1, count: real))

                let action = batch.actions[(slots.upperBound - real) * 3] * 1000
                let (number, start) = (Int(action.rounded()) / 100, Int(action.rounded()) % 100)
                #expect(real == min(4, episodes[number].steps - start))
                for (index, slot) in slots.enumerated() {
                    let timestep = start + index - (4 - real)
                    let expected =
                        index < 4 - real
                        ? Slot.padding : Slot(of: episodes[number], timestep, scaling: scaling)
                    #expect(Slot(batch, slot) == expected)
                }
            }
        }
        #expect(paddedRows > 0)
    }

    @Test func maskOfActionsAndTaskOfRowsAreTold() throws {
        let batch = try Sampler.sample(["a", "b", "c"]).batch(step: 3, tasks: [2, 0, 2])
        #expect(batch.shape == BatchShape(rows: 3, contextSteps: 4, promptSteps: 5, stateWidth: 5, actionWidth: 3))
        #expect(batch.taskIndices == [2, 0, 2])
        #expect(batch.actionMask == [1, 1, 0, 1, 1, 0, 1, 1, 0])
        #expect(batch.states.count == 3 * 4 * 5)
        #expect(batch.promptActions.count == 3 * 5 * 3)
    }

    @Test func batchesDependOnSeedStepTaskAndRowAlone() throws {
        let sampler = try Sampler.sample(["a", "b"])
        let alone = try Sampler.sample(["b"])
        let batch = sampler.batch(step: 7, task: 1)
        #expect(sampler.batch(step: 7, task: 1) == batch)
        #expect(try Sampler.sample(["a", "b"], seed: 2).batch(step: 7, task: 1) != batch)
        #expect(sampler.batch(step: 8, task: 1) != batch)
        #expect(sampler.batch(step: 7, task: 0).actions != batch.actions)
        #expect(alone.batch(step: 7, task: 0).actions == batch.actions, "other tasks do not matter")
        let mixed = sampler.batch(step: 7, tasks: [0, 1])
        #expect(Array(mixed.states.suffix(20)) == Array(batch.states[20..<40]), "nor do other rows")
    }

    @Test func rowsOfABatchAreABatch() throws {
        let sampler = try Sampler.sample(["a", "b", "c"])
        let whole = sampler.batch(step: 7, tasks: [2, 0, 2, 1])
        #expect(whole.rows(0..<4) == whole)
        let parts = [whole.rows(0..<1), whole.rows(1..<4)]
        #expect(parts[0] == sampler.batch(step: 7, tasks: [2]))
        #expect(parts[1].shape.rows == 3 && parts[1].taskIndices == [0, 2, 1])
        func joined<Number>(_ numbers: (Batch) -> [Number]) -> [Number] { parts.flatMap(numbers) }
        #expect(joined(\.states) == whole.states && joined(\.actions) == whole.actions)
        #expect(joined(\.returnsToGo) == whole.returnsToGo && joined(\.timesteps) == whole.timesteps)
        #expect(joined(\.mask) == whole.mask && joined(\.actionMask) == whole.actionMask)
        #expect(joined(\.promptStates) == whole.promptStates && joined(\.promptActions) == whole.promptActions)
        #expect(joined(\.promptReturnsToGo) == whole.promptReturnsToGo)
        #expect(joined(\.promptTimesteps) == whole.promptTimesteps && joined(\.promptMask) == whole.promptMask)
    }

    @Test func theLossCountsUsedColumnsOfRealSteps() throws {
        let batch = try Sampler.sample(["a", "b", "c"]).batch(step: 3, tasks: [2, 0, 2])
        var count: Float = 0
        for row in 0..<3 {
            for slot in 0..<4 {
                for column in 0..<3 { count += batch.mask[row * 4 + slot] * batch.actionMask[row * 3 + column] }
            }
        }
        #expect(batch.predictedCount == Int(count) && count > 0)
    }

    @Test func resumedAtAStepIsNeverStopped() throws {
        let whole = try (0..<6).map { try Sampler.sample().batch(step: $0, task: 0) }
        let resumed = try Sampler.sample()
        #expect((3..<6).map { resumed.batch(step: $0, task: 0) } == Array(whole[3...]))
    }

    /// The reference draws an episode with probability proportional to its length and then a start uniformly in it.
    @Test func windowsAreDistributedAsInTheReference() throws {
        let sampler = try Sampler.sample(options: .sample { $0.rows = 64 })
        let lengths = [4, 9, 3, 7]
        var counts: [Int: Int] = [:]
        let draws = 64 * 200
        for step in 0..<200 {
            let batch = sampler.batch(step: step, task: 0)
            for row in 0..<64 {
                let firstSlot = try #require((0..<4).first { batch.mask[row * 4 + $0] == 1 }) + row * 4
                counts[Int((batch.actions[firstSlot * 3] * 1000).rounded()), default: 0] += 1
            }
        }
        var expected: [Int: Double] = [:]
        for (number, length) in zip([0, 1, 2, 4], lengths) {
            for start in 0..<length {
                let byLength = Double(length) / Double(lengths.reduce(0, +))
                expected[100 * number + start] = Double(draws) * byLength / Double(length)
            }
        }
        #expect(Set(counts.keys) == Set(expected.keys), "every window, and none of a prompt episode")
        let chiSquare = expected.reduce(0) { $0 + (Double(counts[$1.key, default: 0]) - $1.value).squared / $1.value }
        #expect(chiSquare < 45.3, "22 degrees of freedom leave 0.25 % above this")
        #expect(chiSquare > 6, "and as few below this: draws are not spread evenly on purpose")
    }

    @Test func observationsAreScaledAndClipped() throws {
        let sampler = try Sampler.sample(options: .sample { $0.clip = 0.5 })
        let batch = sampler.batch(step: 0, task: 0)
        #expect(batch.states.allSatisfy { abs($0) <= 0.5 })
        #expect(batch.states.contains(0.5) && batch.states.contains(-0.5))
    }

    @Test func timestepsStayBelowTheLongestEpisode() throws {
        #expect(try Sampler.sample().longestEpisode == 12, "prompt episodes count")
    }

    @Test(arguments: [
        (SamplerOptions.sample { $0.rows = 0 }, "the sampler's rows is 0; it must be at least 1"),
        (.sample { $0.contextSteps = 0 }, "the sampler's contextSteps is 0; it must be at least 1"),
        (.sample { $0.promptSteps = -1 }, "the sampler's promptSteps is -1; it must be at least 0"),
        (.sample { $0.deviationFloor = 0 }, "the sampler's deviationFloor is 0.0; it must be a positive number"),
        (.sample { $0.clip = -.infinity }, "the sampler's clip is -inf; it must be a positive number"),
    ])
    func optionsOutOfRangeAreRefused(options: SamplerOptions, message: String) throws {
        let error = try #require(throws: DataError.self) { try Sampler.sample(options: options) }
        #expect(error.description == message)
    }

    @Test func tasksThatDoNotFitAreRefused() throws {
        let task = try TaskTrajectories(.sample(), .sample())
        func message(_ trajectories: [TaskTrajectories], stateWidth: Int, actionWidth: Int) throws -> String {
            try #require(throws: DataError.self) {
                try Sampler(trajectories, stateWidth: stateWidth, actionWidth: actionWidth, seed: 1)
            }.description
        }
        #expect(try message([], stateWidth: 3, actionWidth: 2) == "no task is chosen; name at least one")
        #expect(
            try message([task], stateWidth: 2, actionWidth: 2)
                == "task task-a: the task needs 3 observation numbers, the model takes 2; "
                + "make the model wider, or leave the task out")
        #expect(try message([task], stateWidth: 3, actionWidth: 1).contains("2 action numbers, the model takes 1"))
        let unprompted = try TaskTrajectories(.sample(), .sample(), prompts: PromptSelection(episodes: 0))
        #expect(
            try message([unprompted], stateWidth: 3, actionWidth: 2)
                == "task task-a: the task has no prompt episodes; collect it with prompts, or set promptSteps to 0")
    }
}

/// One slot of a batch's context.
private struct Slot: Equatable {
    var states: [Float] = [0, 0, 0, 0, 0]
    var actions: [Float] = [-10, -10, -10]
    var returnToGo: Float = 0
    var timestep: Int64 = 0
    var mask: Float = 0

    static let padding = Slot()

    init() {}

    init(_ batch: Batch, _ slot: Int) {
        states = Array(batch.states[slot * 5..<slot * 5 + 5])
        actions = Array(batch.actions[slot * 3..<slot * 3 + 3])
        returnToGo = batch.returnsToGo[slot]
        timestep = batch.timesteps[slot]
        mask = batch.mask[slot]
    }

    /// What the slot must hold, worked out from the recorded episode.
    init(of episode: Trajectory, _ timestep: Int, scaling: ObservationScaling) {
        let observation = episode.observations[timestep * 3..<timestep * 3 + 3].map(Double.init)
        states = scaling.scaled(observation) + [0, 0]
        actions = Array(episode.actions[timestep * 2..<timestep * 2 + 2]) + [0]
        returnToGo = episode.rewards[timestep...].reduce(0, +) / 10
        self.timestep = Int64(timestep)
        mask = 1
    }
}

extension Double {
    fileprivate var squared: Double { self * self }
}
