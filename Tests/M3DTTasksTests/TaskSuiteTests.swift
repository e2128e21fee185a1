import Testing

@testable import M3DTTasks

@Suite struct TaskSuiteTests {
    let registry = TaskRegistry.standard

    /// As many tasks of each family as the paper has.
    static func paper() throws -> TaskRegistry {
        let families: [(Domain, Int)] = [(.cheetahVel, 40), (.antDir, 40), (.dmControl, 30), (.metaWorld, 50)]
        return try TaskRegistry(
            families.flatMap { domain, count in
                (0..<count).map { TaskSpecification.sample(name: "\(domain.rawValue)-task-\($0)", domain: domain) }
            })
    }

    @Test(arguments: [
        (10, [2, 3, 2, 3]), (20, [5, 5, 4, 6]), (40, [10, 10, 7, 13]), (80, [20, 20, 15, 25]),
        (120, [30, 30, 22, 38]), (160, [40, 40, 30, 50]),
    ])
    func suitesTakeFromEachFamilyInProportion(size: Int, shares: [Int]) throws {
        let registry = try Self.paper()
        let suite = try #require(registry.suites.first { $0.name == "mt\(size)" }).tasks
        #expect(suite.count == size)
        for (domain, share) in zip([Domain.cheetahVel, .antDir, .dmControl, .metaWorld], shares) {
            let found = suite.count { $0.domain == domain }
            #expect(abs(found - share) <= 1, "\(found) of \(domain)")
        }
        #expect(try registry.select(["mt\(size)"]) == suite)
        #expect(try registry.subset(count: size, seed: 0) == suite)
    }

    @Test func suitesAreNestedAndTheirSeedCanBeChosen() throws {
        let registry = try Self.paper()
        let suites = registry.suites.map { Set($0.tasks) }
        #expect(suites.map(\.count) == TaskRegistry.suiteSizes)
        for (small, large) in zip(suites, suites.dropFirst()) { #expect(small.isSubset(of: large)) }
        #expect(try registry.select(["mt20@0"]) == registry.select(["mt20"]))
        #expect(try registry.select(["mt20@5"]) == registry.subset(count: 20, seed: 5))
        #expect(try registry.select(["mt20@5"]) != registry.select(["mt20"]))
    }

    @Test func theSixteenTensMakeUpThe160() throws {
        let registry = try Self.paper()
        #expect(
            registry.tens.map(\.name)
                == (0..<4).map { "cheetah-vel/\($0)" } + (0..<4).map { "ant-dir/\($0)" }
                + (0..<3).map { "dmcontrol/\($0)" } + (0..<5).map { "metaworld/\($0)" })
        #expect(registry.tens.allSatisfy { $0.tasks.count == 10 })
        #expect(registry.tens.flatMap(\.tasks) == registry.tasks)
        #expect(try registry.select(["metaworld/4"]).first?.name == "metaworld-task-40")
        #expect(try registry.select(["ant-dir/1", "mt10"]).count >= 10)
    }

    /// Holds for the tasks that are registered, whichever these are; with all of the paper's there are exactly sixteen.
    @Test func theRegisteredTasksHaveTheirSuites() throws {
        let families = Set(registry.domains)
        #expect(registry.suites.map(\.tasks.count) == TaskRegistry.suiteSizes.filter { $0 <= registry.tasks.count })
        #expect(registry.tens.flatMap(\.tasks).count == registry.tasks.count)
        #expect(try registry.select(["ant-dir/3"]).map(\.name) == (30..<40).map { "ant-dir-\($0)" })
        if families.isSuperset(of: [.dmControl, .metaWorld]) {
            #expect(registry.tasks.count == 160)
            #expect(registry.tens.count == 16)
            #expect(registry.tens.allSatisfy { $0.tasks.count == 10 })
        }
    }

    @Test func aUsersTasksAreInNoSuiteButInATen() throws {
        var copy = registry
        try copy.register(.sample(name: "my-robot"))
        #expect(copy.suites == registry.suites)
        #expect(try copy.select(["custom/0"]).map(\.name) == ["my-robot"])
    }

    @Test(arguments: [
        ("mt50", TaskError.noSuchSuite("mt50", sizes: TaskRegistry.suiteSizes)),
        ("mt20@", .malformedChoice("mt20@")), ("mt20@x", .malformedChoice("mt20@x")),
        ("mt20@1@2", .malformedChoice("mt20@1@2")), ("antdir/3", .unknown(name: "antdir/3", nearest: "ant-dir/3")),
        ("ant-dir/7", .unknown(name: "ant-dir/7", nearest: "ant-dir/0")),
    ])
    func aSuiteThatThereIsNotIsAnError(word: String, error: TaskError) {
        #expect(throws: error) { try registry.select([word]) }
    }

    @Test func aSuiteNeedsItsTasks() throws {
        let few = try TaskRegistry(Array(registry.tasks.prefix(15)))
        #expect(few.suites.map(\.name) == ["mt10"])
        #expect(throws: TaskError.tooMany(asked: 20, available: 15)) { try few.select(["mt20"]) }
        #expect(few.tens.map(\.tasks.count) == [10, 5])
    }

    @Test func aTaskMayNotBeNamedLikeASuite() throws {
        var copy = registry
        #expect(throws: TaskError.self) { try copy.register(.sample(name: "mt40")) }
        try copy.register(.sample(name: "mtb"))
        #expect(try copy.select(["mtb"]).count == 1)
        #expect(TaskError.noSuchSuite("mt5", sizes: [10, 20]).description.contains("mt10, mt20"))
    }
}
