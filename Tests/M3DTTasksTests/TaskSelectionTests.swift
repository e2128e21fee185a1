import Testing

@testable import M3DTTasks

@Suite struct TaskSelectionTests {
    let registry = TaskRegistry.standard

    func names(_ words: String...) throws -> [String] { try registry.select(words).map(\.name) }

    @Test func wordsNameTasksFamiliesAndPatterns() throws {
        #expect(try names("all").count == registry.tasks.count)
        #expect(try names("ant-dir").count == 40)
        #expect(try names("dmcontrol").count == 30)
        #expect(try names("reacher*").count == 4)
        #expect(try names("ant-dir-07") == ["ant-dir-07"])
        #expect(try names("ant-dir-0*") == (0..<10).map { "ant-dir-0\($0)" })
        #expect(try names("*-1?").count == 20)
        #expect(try names("*vel*9") == ["cheetah-vel-09", "cheetah-vel-19", "cheetah-vel-29", "cheetah-vel-39"])
    }

    @Test func aListIsJoinedInTheRegistrysOrderWithoutRepeats() throws {
        let expected = ["cheetah-vel-03", "ant-dir-01", "ant-dir-02"]
        #expect(try names("ant-dir-02", "cheetah-vel-03,ant-dir-01", "ant-dir-02") == expected)
    }

    @Test(arguments: [
        ("walker", TaskError.unknown(name: "walker", nearest: nil)),
        ("ant-dir-4*", .nothingMatches(pattern: "ant-dir-4*")),
        ("40@", .malformedChoice("40@")), ("@1", .malformedChoice("@1")), ("0@1", .malformedChoice("0@1")),
        ("4@1@2", .malformedChoice("4@1@2")), ("x@1", .malformedChoice("x@1")),
        ("999@0", .tooMany(asked: 999, available: TaskRegistry.standard.tasks.count)), ("", .emptySelection),
        (",", .emptySelection),
    ])
    func aWordThatNamesNothingIsAnError(word: String, error: TaskError) {
        #expect(throws: error) { try registry.select([word]) }
    }

    @Test(arguments: [2, 10, 20, 40, 80])
    func seededChoicesTakeFromEachFamilyInProportion(count: Int) throws {
        let chosen = try registry.subset(count: count, seed: 7)
        #expect(chosen.count == count)
        for domain in registry.domains {
            let share = Double(count * registry.tasks(in: domain).count) / Double(registry.tasks.count)
            #expect(abs(Double(chosen.count { $0.domain == domain }) - share) < 1)
        }
        #expect(chosen == registry.tasks.filter(chosen.contains))
        #expect(try names("\(count)@7") == chosen.map(\.name))
    }

    @Test func smallerChoicesArePartOfLargerOnes() throws {
        let choices = try [1, 10, 20, 40].map { Set(try registry.subset(count: $0, seed: 3).map(\.name)) }
        for (small, large) in zip(choices, choices.dropFirst()) { #expect(small.isSubset(of: large)) }
    }

    @Test func theSeedDecides() throws {
        let first = try registry.subset(count: 10, seed: 1)
        #expect(try registry.subset(count: 10, seed: 1) == first)
        #expect(try registry.subset(count: 10, seed: 2) != first)
    }

    @Test func familiesOfUnlikeSizeKeepTheirShares() throws {
        let few = Array(registry.tasks(in: .cheetahVel).prefix(10))
        let candidates = few + registry.tasks(in: .antDir).prefix(30)
        let chosen = try registry.subset(count: 8, seed: 0, of: candidates)
        #expect(chosen.filter { $0.domain == .cheetahVel }.count == 2)
    }

    @Test func impossibleCountsAreErrors() {
        for count in [0, -1, 999] {
            #expect(throws: TaskError.tooMany(asked: count, available: registry.tasks.count)) {
                try registry.subset(count: count, seed: 0)
            }
        }
    }

    @Test(arguments: [
        (TaskError.unknown(name: "antdir", nearest: "ant-dir"), "did you mean 'ant-dir'?"),
        (.unknown(name: "x", nearest: nil), "m3dt tasks lists them all"),
        (.nothingMatches(pattern: "z*"), "'z*'"), (.duplicate(name: "d"), "registered already"),
        (.malformedChoice("4@"), "COUNT@SEED"), (.tooMany(asked: 9, available: 2), "9 tasks"),
        (.emptySelection, "no task is named"), (.invalidSpecification(name: "n", reason: "why"), "'n' cannot"),
    ])
    func messagesNameTheThingAndTheRemedy(error: TaskError, part: String) {
        #expect(error.description.contains(part))
    }
}
