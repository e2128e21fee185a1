import Foundation
import M3DTData
import M3DTStorage
import Testing

@testable import M3DTTraining

@Suite struct GroupingTests {
    private let names = (0..<10).map { "task-\($0)" }

    @Test(arguments: [1, 3, 4, 10])
    func randomGroupsAreEqualParts(experts: Int) throws {
        let grouping = try Grouping.random(tasks: names, experts: experts, seed: 1)
        #expect(grouping.experts.count == experts)
        #expect(grouping.experts.joined().sorted() == names)
        #expect((grouping.sizes.max() ?? 0) - (grouping.sizes.min() ?? 0) <= 1)
        #expect(try Grouping.random(tasks: names, experts: experts, seed: 1) == grouping)
        let others = try (2..<6).map { try Grouping.random(tasks: names, experts: 3, seed: $0).experts }
        #expect(Set(others).count > 1)
    }

    @Test func gradientGroupsFollowTheProducts() throws {
        let vectors: [[Double]] = (0..<10).map { task in
            var vector = [0.1, 0.1, 0.1]
            vector[task % 3] = 5 + Double(task) / 100
            return vector
        }
        let grouping = try Grouping.gradient(GramMatrix(vectors), tasks: names, experts: 3, seed: 4)
        #expect(
            grouping.experts == [
                ["task-0", "task-3", "task-6", "task-9"], ["task-1", "task-4", "task-7"],
                ["task-2", "task-5", "task-8"],
            ])
        let inertia = try #require(grouping.inertia)
        let total = try #require(grouping.totalInertia)
        #expect(inertia >= 0 && inertia < 0.01 * total)
        #expect(try Grouping.gradient(GramMatrix(vectors), tasks: names, experts: 3, seed: 4) == grouping)
    }

    @Test func tooManyExpertsAreRefused() throws {
        #expect(throws: TrainingError.tooManyExperts(experts: 11, tasks: 10)) {
            try Grouping.random(tasks: names, experts: 11, seed: 0)
        }
        #expect(throws: TrainingError.tooManyExperts(experts: 11, tasks: 10)) {
            try Grouping.gradient(GramMatrix(count: 10), tasks: names, experts: 11, seed: 0)
        }
        #expect(throws: TrainingError.option(name: "experts", value: "0", allowed: "at least 1")) {
            try Grouping.random(tasks: names, experts: 0, seed: 0)
        }
    }

    @Test func groupsAreFoundInTheData() throws {
        let tasks = try Sampler.tiny().tasks
        func indices(_ experts: [[String]]) throws -> [[Int]] {
            try Grouping(method: .random, experts: experts, seed: 0).indices(in: tasks)
        }
        #expect(try indices([["task-2", "task-0"], ["task-1", "task-0"]]) == [[2, 0], [1, 0]])
        #expect(throws: TrainingError.unknownTask(name: "taks-1", nearest: "task-1")) { try indices([["taks-1"]]) }
        #expect(throws: TrainingError.emptyGroup(expert: 1)) { try indices([["task-1"], []]) }
    }

    @Test func groupsSurviveAFile() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("grouping.json")
            let grouping = Grouping(method: .gradient, experts: [["a"], ["b", "c"]], seed: 7, inertia: 1 / 3.0)
            try grouping.write(to: url)
            #expect(try Grouping(contentsOf: url) == grouping)
            try Data("{}".utf8).write(to: url)
            #expect(throws: TrainingError.self) { try Grouping(contentsOf: url) }
            #expect(throws: StorageError.missingFile(path: url.path + "x")) {
                try Grouping(contentsOf: URL(fileURLWithPath: url.path + "x"))
            }
        }
    }
}
