import Foundation
import M3DT
import M3DTData
import M3DTEvaluation
import M3DTModel
import M3DTReports
import M3DTTasks
import M3DTTensor
import M3DTTraining
import Testing

/// A finished run gets further tasks, or is fine-tuned.
@Suite struct GrowthTests {
    /// A finished run on three tasks, and data of two more.
    private struct Scene {
        let folder: TemporaryFolder
        let base: BaseRun
        let data: RunData

        init(_ name: String = "demo") throws {
            folder = try TemporaryFolder()
            let old = try TinyRun.store(in: folder)
            let run = RunFolder(folder.url.appendingPathComponent("base"))
            _ = try TinyRun.train(TinyRun.recipe(name), old, run)
            base = try BaseRun(run)
            data = try RunData([old, TinyRun.store("later", tasks: 3..<5, in: folder)])
        }

        func run(_ name: String) -> RunFolder { RunFolder(folder.url.appendingPathComponent(name)) }
    }

    private func stopped() -> StopRequest {
        let stop = StopRequest()
        stop.request()
        return stop
    }

    /// The weights of a policy by name.
    private func weights(_ policy: URL) throws -> [String: Tensor] {
        let network = try PolicyFolder(contentsOf: policy).network
        return Dictionary(uniqueKeysWithValues: network.namedParameters.map { ($0.name, $0.parameter.value) })
    }

    private func bits(_ tensor: Tensor?) throws -> [UInt32] {
        try #require(tensor).contiguous().floats().map(\.bitPattern)
    }

    /// The names and bytes of all files in a folder.
    private func contents(_ folder: URL) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            files[name] = FileManager.default.contents(atPath: folder.appendingPathComponent(name).path)
        }
        return files
    }

    @Test(arguments: [("demo", 1), ("demo-attention-experts", 1), ("demo-random", 2), ("demo-unfrozen", 1)])
    func addedTasksGetExpertsAndTheOldOnesKeepTheirBits(name: String, experts: Int) throws {
        let scene = try Scene(name)
        let before = try contents(scene.base.run.url)
        let recipe = try scene.base.adding([], experts: experts, from: scene.data)
        let run = scene.run("more")
        #expect(try TinyRun.train(recipe, from: scene.base, scene.data, run) == .finished)
        #expect(try contents(scene.base.run.url) == before, "the finished run has changed")

        let policy = try M3DTPolicy(contentsOf: run.policy)
        #expect(policy.tasks.map(\.name).sorted() == (0..<5).map { "task-\($0)" })
        #expect(policy.description.mixture?.experts == 2 + experts)
        #expect(policy.description.origin["steps"] == "\(experts * 4 + 4)")
        let groups = try Grouping(contentsOf: run.grouping).experts
        #expect(try Array(groups.prefix(2)) == Grouping(contentsOf: scene.base.run.grouping).experts)
        #expect(groups.dropFirst(2).joined().sorted() == ["task-3", "task-4"] && groups.count == 2 + experts)

        let (old, new) = (try weights(scene.base.run.policy), try weights(run.policy))
        var moved = 0
        for (name, value) in old {
            let wide = try #require(new[name])
            let kept = try wide.narrowed(0, 0..<value.shape[0])
            let isFrozen = !name.contains(".router.") && !recipe.mixture.trainsExperts(name)
            if isFrozen { #expect(try bits(kept) == bits(value), "\(name) is frozen and has moved") }
            if name.contains(".router."), try bits(kept) != bits(value) { moved += 1 }
        }
        #expect(moved > 0, "no router has learnt")
        // What a policy knows of an old task has not changed.
        let profile = try policy.profile(of: "task-1")
        #expect(try profile == M3DTPolicy(contentsOf: scene.base.run.policy).profile(of: "task-1"))
    }

    @Test func addingTasksIsResumedBitForBit() throws {
        let scene = try Scene()
        let recipe = try scene.base.adding(["task-4"], experts: 1, from: scene.data)
        let (whole, halved) = (scene.run("whole"), scene.run("halved"))
        #expect(try TinyRun.train(recipe, from: scene.base, scene.data, whole) == .finished)
        // Three times in the expert, three times in the routers.
        for _ in 0..<6 {
            #expect(try TinyRun.train(recipe, from: scene.base, scene.data, halved, stop: stopped()) != .finished)
        }
        #expect(try TinyRun.train(recipe, from: scene.base, scene.data, halved) == .finished)
        #expect(try TinyRun.weights(whole) == TinyRun.weights(halved))
        #expect(try M3DTPolicy(contentsOf: whole.policy).tasks.count == 4)
        // Finished, nothing is left to do.
        let stages = try contents(whole.router)
        #expect(try TinyRun.train(recipe, from: scene.base, scene.data, whole) == .finished)
        #expect(try contents(whole.router) == stages)
    }

    @Test func aRunThatWasAddedToIsAddedToAgain() throws {
        let scene = try Scene()
        let (second, third) = (scene.run("second"), scene.run("third"))
        _ = try TinyRun.train(
            scene.base.adding(["task-3"], experts: 1, from: scene.data), from: scene.base, scene.data, second)
        let base = try BaseRun(second)
        let recipe = try base.adding([], experts: 1, from: scene.data)
        #expect(recipe.base.tasks.count == 4 && recipe.base.experts == 3)
        #expect(try TinyRun.train(recipe, from: base, scene.data, third) == .finished)
        let groups = try Grouping(contentsOf: third.grouping).experts
        #expect(groups.suffix(2) == [["task-3"], ["task-4"]])
        let (old, new) = (try weights(second.policy), try weights(third.policy))
        for name in old.keys where name.hasPrefix("backbone.") { #expect(try bits(old[name]) == bits(new[name])) }
    }

    @Test(arguments: FineTuneParts.allCases)
    func fineTuningTrainsItsPartsAndResumes(parts: FineTuneParts) throws {
        let scene = try Scene()
        let recipe = try scene.base.fineTuning(
            ["task-3"], episodes: 2, steps: 4, parts: parts, from: scene.data, settings: ["backbone.learningRate=0.01"])
        let (whole, halved) = (scene.run("whole"), scene.run("halved"))
        #expect(try TinyRun.train(recipe, from: scene.base, scene.data, whole) == .finished)
        for _ in 0..<3 {
            #expect(try TinyRun.train(recipe, from: scene.base, scene.data, halved, stop: stopped()) != .finished)
        }
        #expect(try TinyRun.train(recipe, from: scene.base, scene.data, halved) == .finished)
        #expect(try TinyRun.weights(whole) == TinyRun.weights(halved))

        let (old, new) = (try weights(scene.base.run.policy), try weights(whole.policy))
        func moves(_ part: (String) -> Bool) throws -> Bool {
            try old.keys.filter(part).contains { try bits(old[$0]) != bits(new[$0]) }
        }
        #expect(try moves { $0.hasPrefix("backbone.") } == (parts == .whole))
        #expect(try moves { $0.contains(".experts.") } == (parts != .router))
        #expect(try moves { $0.contains(".router.") })
        // It knows its old tasks as before, and the new one by its few episodes.
        let policy = try M3DTPolicy(contentsOf: whole.policy)
        #expect(policy.tasks.map(\.name) == ["task-0", "task-1", "task-2", "task-3"])
        let few = try scene.data.stores[1].trajectories("task-3").best(2)
        let sampler = try Sampler(
            [few], options: SamplerOptions.of(recipe), stateWidth: 4, actionWidth: 2, seed: recipe.seed)
        #expect(try policy.profile(of: "task-3") == sampler.profile(task: 0))
    }

    @Test func aPolicyWithoutExpertsIsFineTunedAsAWhole() throws {
        let scene = try Scene("demo-promptdt")
        func recipe(_ parts: FineTuneParts) throws -> Recipe {
            try scene.base.fineTuning([], episodes: 1, steps: 3, parts: parts, from: scene.data)
        }
        #expect(try TinyRun.train(recipe(.whole), from: scene.base, scene.data, scene.run("tuned")) == .finished)
        #expect(throws: TrainingError.self) {
            try TinyRun.train(recipe(.experts), from: scene.base, scene.data, scene.run("other"))
        }
        #expect(throws: RunError.self) { try scene.base.adding([], experts: 1, from: scene.data) }
    }

    @Test func aPolicyActsInTasksThatItWasNotTrainedOn() throws {
        let scene = try Scene()
        let policy = try M3DTPolicy(contentsOf: scene.base.run.policy)
        let (both, chosen) = try scene.data.introduce([], to: policy, scene.base.recipe)
        #expect(chosen.map(\.name) == ["task-3", "task-4"])
        let action = try both.start(task: "task-4").act(observation: [0.1, 0.2, 0.3, 0.4], reward: 0)
        #expect(action.count == 1 && abs(action[0]) <= 1)
        #expect(throws: PolicyError.self) { try policy.start(task: "task-4") }
        // Another prompt is another policy.
        let profile = try both.profile(of: "task-4")
        let other = TaskProfile(
            task: profile.task, scaling: profile.scaling, targetReturn: profile.targetReturn,
            prompts: try both.profile(of: "task-0").prompts)
        let changed = try policy.prompted(with: [other]).start(task: "task-4")
            .act(observation: [0.1, 0.2, 0.3, 0.4], reward: 0)
        #expect(changed != action)
        #expect(throws: PolicyError.self) { try both.prompted(with: [profile]) }
        #expect(try scene.data.introduce(["task-0", "task-3"], to: policy, scene.base.recipe).tasks.count == 2)
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let scene = try Scene()
        let (base, data) = (scene.base, scene.data)
        #expect(throws: RunError.taskKnown(task: "task-1", base: base.run.url.path)) {
            try base.adding(["task-1", "task-3"], experts: 1, from: data)
        }
        #expect(throws: RunError.noNewTasks(base: base.run.url.path)) {
            try base.fineTuning([], episodes: 1, steps: 1, from: RunData([data.stores[0]]))
        }
        // Without the old data, and with other old data.
        #expect(throws: DataError.self) { try base.adding([], experts: 1, from: RunData([data.stores[1]])) }
        let other = try TinyRun.store("other", tasks: 0..<4, episodes: 6, in: scene.folder)
        #expect(throws: RunError.otherData(folder: base.run.url.path, task: "task-0")) {
            try base.adding([], experts: 1, from: RunData([other]))
        }
        #expect(throws: RunError.self) { try RunData([data.stores[0], other]) }
        #expect(throws: RunError.noRun(folder: scene.run("none").url.path)) { try BaseRun(scene.run("none")) }
        // A folder that goes on from another policy, and one that goes on from none.
        try base.copy(into: scene.run("more"))
        try FileManager.default.removeItem(at: base.run.policy.appendingPathComponent("weights.safetensors"))
        try Data("other".utf8).write(to: base.run.policy.appendingPathComponent("weights.safetensors"))
        #expect(throws: RunError.otherBase(folder: scene.run("more").url.path, base: base.run.url.path)) {
            try base.copy(into: scene.run("more"))
        }
        var recipe = try TinyRun.recipe("demo")
        recipe.method = .fineTune
        #expect(throws: RunError.noBase(folder: scene.run("bare").url.path)) {
            try TinyRun.train(recipe, data.stores[0], scene.run("bare"))
        }
    }

    @Test func runsWithWeightsForEachTaskAreNoBase() throws {
        #expect(throws: RunError.self) { try Scene("demo-single-task") }
        #expect(throws: RunError.self) { try Scene("demo-harmodt") }
    }

    @Test func groupingBySketchesIsPartOfARun() throws {
        let folder = try TemporaryFolder()
        var recipe = try TinyRun.recipe("demo")
        recipe.grouping.sketch = .width(512)
        let (data, run) = (
            try TinyRun.store(tasks: 0..<6, in: folder), RunFolder(folder.url.appendingPathComponent("run"))
        )
        #expect(try TinyRun.train(recipe, data, run) == .finished)
        #expect(try Grouping(contentsOf: run.grouping).sketch == 512)
        let pipeline = try Pipeline(recipe: recipe, data: data, run: run, progress: ProgressDisplay(style: .quiet))
        let comparison = try pipeline.compareSketches(widths: [1, 4096], experts: 2, seeds: [0, 1, 2])
        let table = try comparison.csv()
        #expect(
            table.rows.map { $0[2] } == Array(repeating: "exact", count: 3) + Array(repeating: "sketch", count: 6)
                + Array(repeating: "random", count: 3))
        #expect(comparison.rows[0].adjustedRandIndex == 1 && comparison.rows[0].inertiaRatio == 1)
        #expect(comparison.rows.allSatisfy { $0.inertiaRatio > 0.999 }, "nothing does better than exact grouping")
        func worst(_ width: Int) -> Double {
            comparison.rows.filter { $0.method == "sketch" && $0.width == width }.map(\.inertiaRatio).max() ?? 0
        }
        #expect(worst(4096) <= worst(1))
        #expect(try comparison.table().rows.count == 4)
    }
}

@Suite struct ScoreChangesTests {
    private let changes = ScoreChanges([
        .init(task: "new", isKnown: false, before: 10, after: 60),
        .init(task: "a", isKnown: true, before: 90, after: 80), .init(task: "b", isKnown: true, before: 50, after: 56),
    ])

    @Test func forgettingIsWhatOldTasksHaveLost() throws {
        #expect(changes.forgetting == 2 && changes.gain == 50)
        #expect(changes.rows.map(\.task) == ["a", "b", "new"])
        #expect(
            try changes.table().rows == [
                ["a", "yes", "90.0", "80.0", "-10.0"], ["b", "yes", "50.0", "56.0", "6.0"],
                ["new", "no", "10.0", "60.0", "50.0"], ["mean of old tasks", "yes", "70.0", "68.0", "-2.0"],
                ["mean of new tasks", "no", "10.0", "60.0", "50.0"],
            ])
        #expect(try changes.csv().rows[0] == ["a", "true", "90.0", "80.0", "-10.0"])
    }

    @Test func withoutOldTasksNothingIsForgotten() throws {
        let only = ScoreChanges(changes.rows.filter { !$0.isKnown })
        #expect(only.forgetting == nil && only.gain == 50)
        #expect(try only.table().rows.count == 2)
    }
}

extension MixtureSection {
    /// The weight of a policy is trained in stage 3 though it belongs to an expert.
    fileprivate func trainsExperts(_ name: String) -> Bool {
        training == .routersAndExperts && name.contains(".experts.")
    }
}

extension SamplerOptions {
    /// The options that a tiny recipe stands for.
    fileprivate static func of(_ recipe: Recipe) -> SamplerOptions {
        var options = SamplerOptions()
        (options.rows, options.contextSteps) = (recipe.data.rows, recipe.model.contextSteps)
        options.promptSteps = recipe.model.promptSteps
        return options
    }
}
