import Foundation
import M3DTData
import M3DTReports
import M3DTTasks
import M3DTTensor
import Testing

@testable import M3DT

/// How a grid is expanded into runs, and what of it is shared.
@Suite struct StudyPlanTests {
    /// A store of four tasks of each of two families, with nothing worth learning in it.
    private func store(in folder: TemporaryFolder) throws -> TrajectoryStore {
        let url = folder.url.appendingPathComponent("data")
        let writer = try TrajectoryStoreWriter(url, recipe: StoreRecipe(name: "test", seed: 0))
        for task in try TaskRegistry.standard.select(["cheetah-vel-0?", "ant-dir-0?"]) where task.name.last! < "4" {
            let recorder = try writer.record(task)
            for _ in 0..<3 {
                var trajectory = Trajectory(task: task.name, source: "none")
                trajectory.observations = Array(repeating: 0.5, count: 2 * task.observationWidth)
                trajectory.actions = Array(repeating: 0, count: 2 * task.actionWidth)
                (trajectory.rewards, trajectory.successes) = ([0, 1], [false, false])
                try recorder.append(trajectory)
            }
            _ = try recorder.finish()
        }
        return try TrajectoryStore(url)
    }

    private func plan(_ yaml: String, device: Device = .cpu) throws -> StudyPlan {
        let folder = try TemporaryFolder()
        return try StudyPlan(
            StudyDescription(yaml: "name: s\ndata: d\n" + yaml, source: "s"), data: store(in: folder), device: device)
    }

    @Test func theGridIsMethodsTimesTasksTimesSeeds() throws {
        let plan = try plan(
            """
            tasks: [4, {name: all, tasks: all, seeds: [5]}]
            seeds: [0, 1]
            methods: [demo-promptdt, {recipe: demo, label: Ours, experts: [2, 4], set: {data.rows: 4}}]
            set: {model.width: 32}
            """)
        #expect(
            plan.cells.map(\.title) == [
                "PromptDT, 4 tasks, seed 0", "Ours N=2, 4 tasks, seed 0", "Ours N=4, 4 tasks, seed 0",
                "PromptDT, 4 tasks, seed 1", "Ours N=2, 4 tasks, seed 1", "Ours N=4, 4 tasks, seed 1",
                "PromptDT, all, seed 5", "Ours N=2, all, seed 5", "Ours N=4, all, seed 5",
            ])
        #expect(plan.baseline == "PromptDT")
        let cell = plan.cells[4]
        #expect(cell.folderName == "ours-n-2--4--seed1" && cell.family == "Ours" && cell.experts == 2)
        #expect(cell.recipe.name == "Ours N=2" && cell.recipe.seed == 1 && cell.recipe.tasks == cell.tasks.map(\.name))
        #expect(cell.recipe.model.width == 32 && cell.recipe.data.rows == 4 && plan.cells[3].recipe.data.rows == 16)
        #expect(plan.cells[3].experts == nil)
        // A smaller set is part of a larger one, and takes from every family alike.
        #expect(Set(cell.tasks.map(\.name)).isSubset(of: plan.cells[8].tasks.map(\.name)))
        #expect(cell.tasks.count { $0.domain == .antDir } == 2 && plan.cells[8].tasks.count == 8)
    }

    @Test func defaultsAreThoseForTheDevice() throws {
        let plan = try plan(
            "tasks: [4]\nmethods: [demo, {recipe: demo, label: Exact, set: {precision: float32}}]", device: .cuda(0))
        #expect(plan.cells.map(\.recipe.precision) == [.bfloat16, .float32])
    }

    @Test func aMethodMayHaveSetsAndSeedsOfItsOwn() throws {
        let plan = try plan(
            """
            tasks: [4, 8]
            seeds: [0, 1]
            methods: [demo-promptdt, {recipe: demo-mtdt, tasks: "8", seeds: [1, 9]}]
            """)
        #expect(
            plan.cells.map(\.folderName) == [
                "promptdt--4--seed0", "promptdt--4--seed1", "promptdt--8--seed0", "promptdt--8--seed1",
                "mtdt--8--seed1", "mtdt--8--seed9",
            ])
    }

    @Test func stepsAreEqualAndSharedOutInTheRecipesProportions() throws {
        let plan = try plan(
            """
            tasks: [{tasks: 8, set: {grouping.experts: 3}}]
            steps: 1000
            methods: [demo-promptdt, demo-moe, demo-random, {recipe: demo, experts: [2, 7]}, demo-single-task]
            """)
        #expect(plan.cells.map(\.steps) == Array(repeating: 1000, count: 6))
        let stages = plan.cells[2...4].map { cell in
            [
                cell.recipe.backbone.steps, cell.recipe.grouping.experts, cell.recipe.experts.steps,
                cell.recipe.router.steps,
            ]
        }
        // The recipe shares out 6000, 4 x 500 and 2000; 200 / 3 and 200 / 7 are rounded, and routers take the rest.
        #expect(stages == [[600, 3, 67, 199], [600, 2, 100, 200], [600, 7, 29, 197]])
        #expect(plan.cells[5].recipe.backbone.steps == 125)
    }

    @Test func stagesAreCountedInTheirOrder() throws {
        let plan = try plan("tasks: [8]\nsteps: 1000\nmethods: [{recipe: demo, experts: [2]}, demo-single-task]")
        let stages = ["backbone", "expert-0", "expert-1", "router"]
        #expect(stages.map(plan.cells[0].stepsBefore) == [0, 600, 700, 800])
        #expect(plan.cells[0].stepsDone(stage: "expert-1", step: 5) == 705)
        #expect(plan.cells[0].stepsDone(stage: "experts-0-1", step: 5) == 610)
        let last = try #require(plan.cells[1].tasks.last?.name)
        #expect(plan.cells[1].stepsBefore(stage: "agent-\(last)") == 875)
    }

    @Test(arguments: [
        (
            "tasks: [4]\nmethods: [{recipe: demo, experts: [8]}]",
            StudyError.tooManyExperts(method: "M3DT N=8", experts: 8, set: "4", tasks: 4)
        ),
        ("tasks: [4]\nsteps: 3\nmethods: [demo]", .tooFewSteps(method: "M3DT", set: "4", steps: 3)),
        ("tasks: [4, 4]\nmethods: [demo]", .twice(what: "sets of tasks", name: "4")),
        ("tasks: [4]\nmethods: [demo, {recipe: demo, set: {seed: 1}}]", .twice(what: "methods", name: "M3DT")),
        (
            "tasks: [4]\nmethods: [demo]\nbaseline: M3DR",
            .unknownName(key: "baseline", name: "M3DR", nearest: "M3DT", known: ["M3DT"])
        ),
        (
            "tasks: [4]\nmethods: [{recipe: demo, tasks: [5]}]",
            .unknownName(key: "tasks", name: "5", nearest: nil, known: ["4"])
        ),
    ])
    func whatDoesNotGoTogetherIsRefusedBeforeTraining(yaml: String, error: StudyError) {
        #expect(throws: error) { try plan(yaml) }
    }

    @Test func aSuiteIsThePapersAndMustBeThereAsAWhole() throws {
        let error = #expect(throws: StudyError.self) { try plan("tasks: [mt10]\nmethods: [demo]") }
        guard case .tasksNotInData("mt10", let missing, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!missing.isEmpty && missing.count <= 10)
        #expect(throws: TaskError.self) { try plan("tasks: [9]\nmethods: [demo]") }
        #expect(throws: RecipeError.self) { try plan("tasks: [4]\nmethods: [demmo]") }
        #expect(throws: RecipeError.self) { try plan("tasks: [4]\nmethods: [demo]\nset: {backbone.step: 1}") }
    }

    @Test func runsShareTheBeginningThatIsEqual() throws {
        let cells = try plan(
            """
            tasks: [4]
            seeds: [0, 1]
            methods:
              - demo-random
              - {recipe: demo, label: Gradient}
              - {recipe: demo, label: Deep, set: {mixture.router.layers: 2}}
              - {recipe: demo, label: Wide, set: {model.width: 32}}
              - {recipe: demo, label: Slow, set: {backbone.learningRate: 1.0e-5}}
              - {recipe: demo-promptdt, set: {backbone.steps: 6000}}
              - demo-harmodt
            """
        ).cells
        let keys = try cells.map { try SharedStages.keys(of: $0.recipe).map(\.key) }
        func shared(_ one: Int, _ other: Int) -> Int { zip(keys[one], keys[other]).count { $0 == $1 } }
        #expect(shared(0, 1) == 1, "the backbone")
        #expect(shared(1, 2) == 3, "all but the routers")
        #expect(shared(0, 5) == 1, "a PromptDT of as many steps is a backbone")
        #expect([2, 3, 4, 6].map { shared(0, $0) } == [1, 0, 0, 0])
        #expect(shared(0, 7) == 0, "another seed")
        let works = try StudyPlan.works(cells, in: StudyFolder(URL(filePath: "nowhere")))
        #expect(works[0...5].map(\.newSteps) == [10_000, 4_000, 2_000, 10_000, 10_000, 0])
    }
}
