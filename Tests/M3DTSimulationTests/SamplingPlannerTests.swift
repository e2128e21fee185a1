import M3DTRandom
import M3DTTasks
import Testing

@testable import M3DTSimulation

@Suite struct SamplingPlannerTests {
    static let native = NativeEnvironments()
    static let task = ARSTrainerTests.task(goal: 2)
    static let quick: PlannerSettings = {
        var settings = PlannerSettings()
        (settings.samples, settings.knots, settings.horizon, settings.interval) = (8, 4, 4, 2)
        return settings
    }()

    static func playedByPlanners(slots: Int, threads: Int, seed: UInt64 = 3) throws -> [Trajectory] {
        let batch = native.batch(slots: slots, threads: threads)
        let demonstrator = Demonstrator(environments: batch, threads: threads) { _, seed in
            Demonstrator.Part(player: .planning(PlanningDemonstrator.all[Int(seed % 2)]), actionNoise: 0.1)
        }
        let episodes = (0..<3).map { EpisodeRequest(task: task, seed: seed + $0, source: "mpc") }
        return try EpisodeRunner(batch: batch, policy: demonstrator).run(episodes)
    }

    @Test func aCopiedStateMovesAlikeBitForBit() throws {
        let environment = try Self.native.make(Self.task)
        var observation = try environment.reset(seed: 1)
        for step in 0..<5 {
            _ = try environment.step((0..<6).map { 0.5 - Double(($0 + step) % 3) / 2 }, into: &observation)
        }
        let twin = try MuJoCoPhysics(model: environment.physics.model)
        try twin.copy(environment.physics)
        #expect(twin.bodyPosition(1) == environment.physics.bodyPosition(1))
        for _ in 0..<3 {
            for physics in [twin, environment.physics] {
                for i in 0..<6 { physics.controls[i] = 0.25 * Double(i) - 0.5 }
                try physics.step(count: 5)
            }
            #expect(Array(twin.positions) == Array(environment.physics.positions))
            #expect(Array(twin.velocities) == Array(environment.physics.velocities))
            #expect(twin.bodyPosition(1) == environment.physics.bodyPosition(1))
        }
    }

    @Test func aFailedStateIsRepairedByACopy() throws {
        let environment = try Self.native.make(Self.task)
        _ = try environment.reset(seed: 1)
        let twin = try MuJoCoPhysics(model: environment.physics.model)
        try twin.copy(environment.physics)
        twin.velocities[0] = 1e30
        #expect(throws: MuJoCoFailure.self) { try twin.step(count: 5) }
        try twin.copy(environment.physics)
        try twin.step(count: 5)
        try environment.physics.step(count: 5)
        #expect(Array(twin.positions) == Array(environment.physics.positions))
    }

    @Test func planningLeavesTheEpisodeAlone() throws {
        let (planned, plain) = (try Self.native.make(Self.task), try Self.native.make(Self.task))
        var (first, second) = (try planned.reset(seed: 4), try plain.reset(seed: 4))
        let planner = try SamplingPlanner(environment: planned, settings: Self.quick, random: RandomStream(seed: 0))
        for _ in 0..<4 {
            let action = planner.next()
            let outcome = try planned.step(action, into: &first)
            #expect(outcome == (try plain.step(action, into: &second)))
            #expect(first == second)
        }
    }

    @Test func plannersOutdoRandomActions() throws {
        func meanReturn(_ choose: (MuJoCoEnvironment) throws -> () -> [Double]) throws -> Double {
            var total = 0.0
            for seed in 0..<2 {
                let environment = try Self.native.make(Self.task)
                var observation = try environment.reset(seed: UInt64(seed))
                let next = try choose(environment)
                for _ in 0..<Self.task.episodeSteps {
                    total += try environment.step(next(), into: &observation).reward
                }
            }
            return total / 2
        }
        var random = RandomStream(seed: 9)
        let byChance = try meanReturn { _ in { (0..<6).map { _ in random.uniform(-1, 1) } } }
        let still = try meanReturn { _ in { [Double](repeating: 0, count: 6) } }
        let planned = try meanReturn {
            try SamplingPlanner(environment: $0, settings: Self.quick, random: RandomStream(seed: 1)).next
        }
        #expect(planned > byChance + 3)
        #expect(planned > still + 1)
    }

    @Test func guidanceChangesWhatIsPlannedAndNotWhatIsEarned() throws {
        func firstAction(_ guidance: RewardGuidance?) throws -> [Double] {
            let environment = try Self.native.make(Self.task)
            _ = try environment.reset(seed: 4)
            return try SamplingPlanner(
                environment: environment, settings: Self.quick, guidance: guidance, random: RandomStream(seed: 0)
            ).next()
        }
        let backwards = RewardGuidance { -100 * $0[8] }
        #expect(try firstAction(nil) == firstAction(nil))
        #expect(try firstAction(backwards) != firstAction(nil))
    }

    @Test(arguments: [(1, 1), (3, 1), (3, 2), (2, 3)])
    func slotsAndThreadsChangeNothing(slots: Int, threads: Int) throws {
        let expected = try Self.playedByPlanners(slots: 1, threads: 1)
        #expect(try Self.playedByPlanners(slots: slots, threads: threads) == expected)
    }

    @Test func theSeedDecides() throws {
        let (first, second) = (
            try Self.playedByPlanners(slots: 2, threads: 1), try Self.playedByPlanners(slots: 2, threads: 1, seed: 5)
        )
        #expect(first[2] == second[0])
        #expect(first[0].actions != first[1].actions)
    }

    @Test func planningElsewhereIsRefused() throws {
        let batch = ThreadedEnvironmentBatch(slots: 1, threads: 1) { ScriptedEnvironment(task: $0) }
        for environments in [batch, nil] {
            let demonstrator = Demonstrator(environments: environments) { _, _ in
                Demonstrator.Part(player: .planning(PlanningDemonstrator.all[0]), actionNoise: 0)
            }
            let runner = EpisodeRunner(batch: batch, policy: demonstrator)
            let error = #expect(throws: SimulationError.self) {
                try runner.run([EpisodeRequest(task: Self.task, seed: 0, source: "mpc:best")])
            }
            #expect(error?.description.contains("mpc:best") == true)
            #expect(error?.description.contains(Self.task.name) == true)
        }
    }

    @Test func theInattentiveHoldRandomActions() throws {
        let environment = try Self.native.make(Self.task)
        let observation = try environment.reset(seed: 4)
        let act = try PlanningDemonstrator(label: "", inattention: 1).begin(in: environment, seed: 4)
        let actions = try (0..<10).map { _ in try act(observation) }
        #expect(Set(actions).count == 2)
        #expect(Set(actions[0..<5]).count == 1)
        #expect(actions.allSatisfy { $0.count == 6 && $0.allSatisfy { (-1...1).contains($0) } })
    }

    @Test func attentionFallsFromTheBestToThePoorest() {
        let parts = DemonstratorMixture.planned.parts
        #expect(parts.map(\.label) == ["mpc:best", "mpc:good", "mpc:middling", "mpc:poor"])
        #expect(parts.map(\.share) == DemonstratorMixture.standard.parts.map(\.share))
        let inattention = PlanningDemonstrator.all.map(\.inattention)
        #expect(inattention == inattention.sorted() && inattention[0] == 0)
    }
}

@Suite struct ActionSplineTests {
    /// Knots 0, then what is drawn; two numbers an action, three steps from knot to knot.
    static let spline: ActionSpline = {
        var random = RandomStream(seed: 1)
        return ActionSpline(width: 2, spacing: 3, count: 4).varied(noise: 0.4, random: &random)
    }()

    static func action(_ spline: ActionSpline, _ step: Int) -> [Double] {
        var action = [0.0, 0.0]
        spline.action(at: step, into: &action)
        return action
    }

    @Test func itRunsThroughItsKnotsInStraightLines() {
        let spline = Self.spline
        for knot in 0..<4 {
            let expected = Array(spline.knots[2 * knot..<2 * knot + 2])
            #expect(Self.action(spline, 3 * knot) == expected)
        }
        for i in 0..<2 {
            let (start, end) = (spline.knots[2 + i], spline.knots[4 + i])
            let expected = start + (end - start) / 3
            #expect(abs(Self.action(spline, 4)[i] - expected) < 1e-15)
        }
        #expect(Self.action(spline, 100) == Array(spline.knots.suffix(2)))
    }

    @Test(arguments: [0, 1, 3, 5, 50]) func aShiftedSplineIsTheSameLater(steps: Int) {
        let shifted = Self.spline.shifted(by: steps)
        for knot in 0..<4 {
            let expected = Self.action(Self.spline, 3 * knot + steps)
            #expect(Self.action(shifted, 3 * knot) == expected)
        }
    }

    @Test func variantsStayInsideTheLimits() {
        var random = RandomStream(seed: 2)
        let wild = Self.spline.varied(noise: 5, random: &random)
        #expect(wild.knots.allSatisfy { (-1...1).contains($0) })
        #expect(wild.knots.contains(1) && wild.knots.contains(-1))
        #expect(Self.spline.varied(noise: 0, random: &random) == Self.spline)
    }

    @Test func theMeanIsTakenKnotByKnot() {
        var random = RandomStream(seed: 3)
        let other = Self.spline.varied(noise: 0.1, random: &random)
        let mean = ActionSpline.mean([Self.spline, other])
        let expected = zip(Self.spline.knots, other.knots).map { ($0 + $1) / 2 }
        for (found, wanted) in zip(mean.knots, expected) { #expect(abs(found - wanted) < 1e-15) }
    }
}
