import Foundation
import M3DTTasks
import Testing

@testable import M3DTSimulation

/// The trained actors that come with the package.
@Suite struct ShippedActorTests {
    static let degrees = ["best", "good", "middling", "poor"]
    let library: ActorLibrary

    init() throws { library = try ActorLibrary.load() }

    @Test func everyTaskHasFourFromTheBestToThePoorest() throws {
        #expect(library.tasks.count >= 6)
        for name in library.tasks {
            let task = try TaskRegistry.standard.task(named: name)
            let actors = library.actors(for: task)
            #expect(
                ["sac", "ppo"].contains { kind in actors.map(\.label) == Self.degrees.map { "\(kind):\($0)" } },
                "\(name)")
            #expect(actors.map(\.meanReturn) == actors.map(\.meanReturn).sorted(by: >), "\(name)")
            for actor in actors {
                #expect(actor.policy.featureWidth == task.observationWidth)
                #expect(actor.policy.outputWidth == task.actionWidth)
                #expect(actor.policy == actor.policy.rounded)
            }
        }
    }

    /// Of tasks whose returns differ little from start to start; see `Results/dmcontrol-demonstrators.csv` for all.
    @Test(arguments: [
        "walker-stand", "walker-walk-backwards", "finger-spin", "cheetah-run", "cheetah-run-backwards", "cheetah-jump",
    ])
    func aStoredReturnIsReached(name: String) throws {
        let task = try TaskRegistry.standard.task(named: name)
        let best = try #require(library.actors(for: task).first)
        let demonstrator = Demonstrator { _, _ in Demonstrator.Part(player: .policy(best.policy), actionNoise: 0) }
        let runner = EpisodeRunner(batch: NativeEnvironments().batch(slots: 4), policy: demonstrator)
        let played = try runner.run((0..<4).map { EpisodeRequest(task: task, seed: $0, source: best.label) })
        let mean = played.reduce(0) { $0 + $1.totalReturn } / 4
        #expect(abs(mean - best.meanReturn) < 60)
        #expect(best.meanReturn > 400)
    }

    @Test func theFileIsSmall() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent(ActorLibrary.fileName)
        try library.write(to: file)
        #expect(try Data(contentsOf: file).count < 800_000)
    }
}
