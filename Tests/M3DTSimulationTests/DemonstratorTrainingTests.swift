import Foundation
import M3DTTasks
import Testing

@testable import M3DTSimulation

@Suite struct DemonstratorTrainingTests {
    let native = NativeEnvironments()

    func plan(iterations: Int = 2) -> [DemonstratorTraining.Search] {
        let (first, second) = (ARSTrainerTests.task(goal: 1), ARSTrainerTests.task(goal: 1.5))
        let settings = ARSTrainerTests.settings(iterations: iterations)
        return [
            .init(name: "scout", tasks: [first], starts: [], settings: settings),
            .init(name: "second", tasks: [second], starts: ["scout"], settings: settings),
        ]
    }

    func training(_ plan: [DemonstratorTraining.Search], in folder: URL) -> DemonstratorTraining {
        DemonstratorTraining(plan: plan, folder: folder) { [native] in try native.make($0) }
    }

    @Test func aFinishedPlanIsNotRunAgain() throws {
        let folder = try TemporaryFolder()
        var looks = 0
        try training(plan(), in: folder.url).run(team: WorkerTeam(count: 1)) { _, _ in looks += 1 }
        #expect(looks == 2)
        try training(plan(), in: folder.url).run(team: WorkerTeam(count: 1)) { _, _ in looks += 1 }
        #expect(looks == 2)
    }

    @Test func aSearchStartsFromTheOneBefore() throws {
        let folder = try TemporaryFolder()
        let training = training(plan(), in: folder.url)
        try training.run(team: WorkerTeam(count: 1))
        let first = try #require(try training.record(of: "scout")?.state.best)
        let second = try #require(try training.record(of: "second")?.state.snapshots.first)
        #expect(second.iteration == 0)
        #expect(zip(first.policy.weights, second.policy.weights).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func otherSettingsAreRefused() throws {
        let folder = try TemporaryFolder()
        try training(plan(), in: folder.url).run(team: WorkerTeam(count: 1))
        let path = folder.url.appendingPathComponent("scout.json").path
        #expect(throws: SimulationError.otherSettings(path: path)) {
            try training(plan(iterations: 3), in: folder.url).run(team: WorkerTeam(count: 1))
        }
    }

    @Test func selectionSpreadsQuality() throws {
        let folder = try TemporaryFolder()
        let training = training(plan(iterations: 8), in: folder.url)
        try training.run(team: WorkerTeam(count: 2))
        let library = try training.select(team: WorkerTeam(count: 2))
        let demonstrators = library.demonstrators(for: ARSTrainerTests.task(goal: 1.5))
        #expect(Set(demonstrators.map(\.label)) == ["ars:best", "ars:good", "ars:middling", "ars:poor"])
        #expect(Set(demonstrators.map(\.policy)).count == 4)
    }

    @Test(arguments: ["all", "cheetah-vel", "ant-dir", "cheetah-vel-3*", "cheetah-vel-05", "10@1", "dmcontrol"])
    func theStandardPlanCoversItsTasks(words: String) throws {
        let tasks = try TaskRegistry.standard.select([words]).filter {
            [.cheetahVel, .antDir].contains($0.domain)
        }
        let plan = DemonstratorTraining.standardPlan(tasks: tasks)
        #expect(Set(plan.flatMap(\.tasks)) == Set(tasks))
        var seen: Set<String> = []
        for search in plan {
            #expect(seen.isSuperset(of: search.starts), "\(search.name) starts from what comes later")
            #expect(seen.insert(search.name).inserted)
        }
    }

    @Test func searchesOfOtherRobotsAreNoCandidates() throws {
        let folder = try TemporaryFolder()
        let names = ["cheetah-run", "cheetah-jump"]
        let plan = try names.map { name in
            DemonstratorTraining.Search(
                name: name, tasks: [try TaskRegistry.standard.task(named: name)], starts: [],
                settings: ARSTrainerTests.settings(iterations: 1))
        }
        let training = training(plan, in: folder.url)
        try training.run(team: WorkerTeam(count: 2))
        let library = try training.select(team: WorkerTeam(count: 2))
        for name in names {
            let own = try #require(try training.record(of: name)).state.snapshots.map(\.policy)
            let task = try TaskRegistry.standard.task(named: name)
            #expect(library.demonstrators(for: task).allSatisfy { own.contains($0.policy) })
        }
    }

    @Test func anUpdatedLibraryKeepsOtherTasks() throws {
        func demonstrator(_ task: String, _ mean: Double) -> StoredDemonstrator {
            StoredDemonstrator(
                task: task, label: "ars:best", meanReturn: mean, meanScore: mean,
                policy: LinearPolicy(featureWidth: 1, actionWidth: 1, weights: [mean, 0]))
        }
        let before = DemonstratorLibrary([demonstrator("a", 1), demonstrator("b", 2)])
        let updated = before.updated(with: DemonstratorLibrary([demonstrator("b", 3), demonstrator("c", 4)]))
        #expect(updated == DemonstratorLibrary([demonstrator("a", 1), demonstrator("b", 3), demonstrator("c", 4)]))
        let folder = try TemporaryFolder()
        #expect(try DemonstratorLibrary.load(orEmpty: folder.url) == DemonstratorLibrary())
        try updated.write(to: folder.url)
        #expect(try DemonstratorLibrary.load(orEmpty: folder.url) == updated)
    }
}
