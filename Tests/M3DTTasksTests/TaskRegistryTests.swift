import Testing

@testable import M3DTTasks

@Suite struct TaskRegistryTests {
    let registry = TaskRegistry.standard

    @Test func holdsTheFamiliesInOrder() {
        let names = registry.tasks.map(\.name)
        #expect(names.count == 160)
        #expect(Set(names).count == 160)
        #expect(names.first == "cheetah-vel-00")
        #expect(names[39] == "cheetah-vel-39")
        #expect(names[40] == "ant-dir-00")
        #expect(names[79] == "ant-dir-39")
        #expect(names[80] == "walker-stand")
        #expect(names[109] == "hopper-hop-backwards")
        #expect(registry.tasks(in: .metaWorld).map(\.name).first == "assembly-v2")
        #expect(names.last == "window-open-v2")
        #expect(registry.domains == [.cheetahVel, .antDir, .dmControl, .metaWorld])
    }

    @Test func followsTheEvaluationProtocol() throws {
        let cheetah = try registry.task(named: "cheetah-vel-19")
        #expect((cheetah.observationWidth, cheetah.actionWidth, cheetah.episodeSteps) == (20, 6, 200))
        #expect((cheetah.targetReturn, cheetah.returnScale, cheetah.evaluationEpisodes) == (0, 200, 1))
        #expect(cheetah.goal == 1.5)
        #expect(cheetah.score.score(episodeReturn: -65, succeeded: false) == 50)
        let ant = try registry.task(named: "ant-dir-02")
        #expect((ant.observationWidth, ant.actionWidth, ant.episodeSteps) == (27, 8, 200))
        #expect((ant.targetReturn, ant.returnScale, ant.evaluationEpisodes) == (500, 500, 1))
        #expect(ant.goal == 4.944775479235424)
        #expect(ant.score.score(episodeReturn: 450, succeeded: false) == 90)
        #expect(ant.score.score(episodeReturn: 600, succeeded: false) == 100)
        #expect(ant.score.score(episodeReturn: -3, succeeded: false) == 0)
        let finger = try registry.task(named: "finger-spin")
        #expect((finger.observationWidth, finger.actionWidth, finger.episodeSteps) == (9, 2, 500))
        #expect((finger.targetReturn, finger.returnScale, finger.evaluationEpisodes) == (1000, 200, 10))
        #expect(finger.goal == nil)
        #expect(finger.score.score(episodeReturn: 765, succeeded: false) == 76.5)
    }

    @Test func theThirtyControlSuiteTasksShareOneProtocol() {
        let tasks = registry.tasks(in: .dmControl)
        #expect(tasks.count == 30)
        for task in tasks {
            #expect((task.episodeSteps, task.targetReturn, task.returnScale) == (500, 1000, 200))
            #expect((task.evaluationEpisodes, task.score) == (10, .linear(offset: 0, range: 1000)))
        }
    }

    @Test func theFiftyTasksOfMetaWorldShareOneProtocol() {
        let tasks = registry.tasks(in: .metaWorld)
        #expect(tasks.count == 50)
        for task in tasks {
            #expect((task.observationWidth, task.actionWidth, task.episodeSteps) == (39, 4, 500))
            #expect((task.targetReturn, task.returnScale, task.evaluationEpisodes) == (4500, 1000, 10))
            #expect(task.score == .success && task.name.hasSuffix("-v2") && task.listedGoals == 50)
        }
    }

    @Test func evaluationPlaysListedGoalsInTheirOrder() throws {
        let reach = try registry.task(named: "reach-v2")
        for (seed, episode) in [(UInt64.max, 0), (0, 9), (12_345_678_901, 49), (7, 51)] {
            #expect(reach.evaluationSeed(seed, episode: episode) % 50 == UInt64(episode % 50))
        }
        #expect(reach.evaluationSeed(1 << 40, episode: 3) != reach.evaluationSeed(1 << 41, episode: 3))
        #expect(try registry.task(named: "ant-dir-00").evaluationSeed(77, episode: 3) == 77)
    }

    @Test func goalsLieWhereTheyMust() {
        let speeds = registry.tasks(in: .cheetahVel).compactMap(\.goal)
        for (index, speed) in speeds.enumerated() { #expect(abs(speed - 0.075 * Double(index + 1)) < 1e-12) }
        let headings = registry.tasks(in: .antDir).compactMap(\.goal)
        #expect(headings.allSatisfy { (0..<(2 * .pi)).contains($0) })
        #expect(Set(headings).count == 40)
    }

    @Test(arguments: [
        ("ant-dir-7", "ant-dir-07"), ("cheeta-vel-03", "cheetah-vel-03"), ("antdir", "ant-dir"), ("al", "all"),
    ])
    func anUnknownNameSuggestsTheNearest(name: String, nearest: String) {
        #expect(throws: TaskError.unknown(name: name, nearest: nearest)) { try registry.task(named: name) }
    }

    @Test func anUnknownNameFarFromAllSuggestsNone() {
        #expect(throws: TaskError.unknown(name: "humanoid", nearest: nil)) { try registry.task(named: "humanoid") }
    }

    @Test func aUsersTaskCanBeAdded() throws {
        var copy = registry
        try copy.register(.sample(name: "my-robot"))
        #expect(try copy.task(named: "my-robot").domain == .custom)
        #expect(copy.domains == registry.domains + [.custom])
        #expect(copy.tasks.count == registry.tasks.count + 1)
        #expect(throws: TaskError.duplicate(name: "my-robot")) { try copy.register(.sample(name: "my-robot")) }
    }

    @Test(arguments: ["", "my robot", "a,b", "a*", "why?", "40@1", "up/down", "ant-dir", "all"])
    func aNameThatSelectionsCouldNotUseIsRefused(name: String) {
        var copy = registry
        #expect(throws: TaskError.self) { try copy.register(.sample(name: name)) }
    }

    @Test func numbersThatMakeNoSenseAreRefused() {
        #expect(TaskSpecification.sample().invalidity == nil)
        #expect(TaskSpecification.sample(observationWidth: 0).invalidity != nil)
        #expect(TaskSpecification.sample(actionWidth: 0).invalidity != nil)
        #expect(TaskSpecification.sample(episodeSteps: 0).invalidity != nil)
        #expect(TaskSpecification.sample(returnScale: 0).invalidity != nil)
        #expect(TaskSpecification.sample(returnScale: .nan).invalidity != nil)
    }
}

extension TaskSpecification {
    /// A task of a user, for tests.
    static func sample(
        name: String = "sample", domain: Domain = .custom, observationWidth: Int = 3, actionWidth: Int = 2,
        episodeSteps: Int = 5, returnScale: Double = 1
    ) -> TaskSpecification {
        TaskSpecification(
            name: name, domain: domain, observationWidth: observationWidth, actionWidth: actionWidth,
            episodeSteps: episodeSteps, targetReturn: 1, returnScale: returnScale, score: .success,
            evaluationEpisodes: 1)
    }
}
