import Foundation
import M3DTTasks
import Testing

@testable import M3DTSimulation

/// The demonstrators that come with the package.
@Suite struct ShippedDemonstratorTests {
    static let tasks = TaskRegistry.standard.tasks(in: .cheetahVel) + TaskRegistry.standard.tasks(in: .antDir)
    let library: DemonstratorLibrary

    init() throws { library = try DemonstratorLibrary.load() }

    @Test(arguments: tasks) func everyTaskHasAll(task: TaskSpecification) throws {
        let demonstrators = library.demonstrators(for: task)
        let frame = try ActingFrame(task: task)
        #expect(Set(demonstrators.map(\.label)) == Set(DemonstratorMixture.standard.parts.map(\.label)))
        #expect(demonstrators.first?.label == "ars:best")
        for demonstrator in demonstrators {
            #expect(demonstrator.policy.featureWidth == frame.featureWidth)
            #expect(demonstrator.policy.actionWidth == frame.actionWidth)
            #expect((0...100).contains(demonstrator.meanScore))
        }
        let best = try #require(demonstrators.first)
        let poorest = try #require(demonstrators.last)
        #expect(best.meanReturn > poorest.meanReturn)
    }

    /// What the best reach; see Results/demonstrators.csv.
    @Test func theBestAreGood() throws {
        func scores(_ domain: Domain) -> [Double] {
            TaskRegistry.standard.tasks(in: domain).compactMap { library.demonstrators(for: $0).first?.meanScore }
        }
        #expect(scores(.antDir).allSatisfy { $0 >= 90 })
        #expect(scores(.cheetahVel).allSatisfy { $0 >= 55 })
        #expect(scores(.cheetahVel).filter { $0 >= 90 }.count >= 25)
    }

    @Test(arguments: ["cheetah-vel-02", "cheetah-vel-20", "ant-dir-11"])
    func aStoredReturnIsReached(name: String) throws {
        let task = try TaskRegistry.standard.task(named: name)
        let best = try library.demonstrator(for: task, label: "ars:best")
        let runner = EpisodeRunner(batch: NativeEnvironments().batch(slots: 4), policy: Demonstrator(best))
        let trajectories = try runner.run((0..<4).map { EpisodeRequest(task: task, seed: $0, source: best.label) })
        let scores = trajectories.map { task.score.score(episodeReturn: $0.totalReturn, succeeded: false) }
        #expect(abs(scores.reduce(0, +) / 4 - best.meanScore) < 15)
    }

    @Test func theTableInTheResultsIsOfThisLibrary() throws {
        let results = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Results/demonstrators.csv")
        #expect(try String(contentsOf: results, encoding: .utf8) == library.table)
    }

    @Test func theLibraryIsSmall() throws {
        let folder = try TemporaryFolder()
        try library.write(to: folder.url)
        let files = ["policies.safetensors", "demonstrators.json"]
        let size = try files.map { try Data(contentsOf: folder.url.appendingPathComponent($0)).count }.reduce(0, +)
        #expect(size < 400_000)
    }
}
