import Testing

@testable import M3DTTasks

@Suite struct ScriptedEnvironmentTests {
    @Test func followsItsScript() throws {
        var script = ScriptedEnvironment.Script()
        (script.rewards, script.terminatesAt, script.succeedsAt) = ([5, -1], 3, 2)
        let environment = ScriptedEnvironment(task: .sample(observationWidth: 5), script: script)
        let first = environment.reset(seed: 8)
        #expect(first.count == 5)
        #expect((first[0], first[2], first[3]) == (0, 0, 0))
        #expect(first[4] == first[0])
        var observation = first
        let outcomes = try (0..<3).map { _ in try environment.step([0.25, -1], into: &observation) }
        #expect(outcomes.map(\.reward) == [5, -1, 5])
        #expect(outcomes.map(\.terminated) == [false, false, true])
        #expect(outcomes.map(\.succeeded) == [false, true, false])
        #expect(observation == [3, first[1], 0.25, -1, 3])
        #expect(first[0] == 0)
    }

    @Test func theSeedIsSeen() {
        let environment = ScriptedEnvironment(task: .sample())
        let first = environment.reset(seed: 1)
        #expect(environment.reset(seed: 2)[1] != first[1])
        #expect(environment.reset(seed: 1) == first)
    }

    @Test func unusableActionsAreErrors() {
        let environment = ScriptedEnvironment(task: .sample())
        var observation: [Double] = []
        func cause(_ action: [Double]) -> EnvironmentError.Cause? {
            do {
                _ = try environment.step(action, into: &observation)
                return nil
            } catch {
                return (error as? EnvironmentError)?.cause
            }
        }
        #expect(cause([0, 0]) == .notReset)
        _ = environment.reset(seed: 0)
        #expect(cause([0]) == .actionWidth(expected: 2, found: 1))
        #expect(cause([0, .nan]) == .actionNotFinite(index: 1))
        #expect(cause([0, 0]) == nil)
    }

    @Test func policiesKeepSlotsApart() {
        let random = RandomPolicy()
        let task = TaskSpecification.sample(actionWidth: 3)
        func requests(_ slots: [Int]) -> [ActionRequest] {
            slots.map { ActionRequest(slot: $0, observation: [], reward: 0) }
        }
        for slot in 0..<3 { random.begin(slot: slot, task: task, seed: slot == 2 ? 1 : 0) }
        let together = random.act(requests([0, 1, 2]))
        #expect(together[0] == together[1])
        #expect(together[0] != together[2])
        let next = random.act(requests([0]))[0]
        #expect(next != together[0])
        #expect(random.act(requests([1]))[0] == next)
        #expect(together.joined().allSatisfy { (-1...1).contains($0) })
        let constant = ConstantPolicy(value: -0.5)
        constant.begin(slot: 1, task: task, seed: 0)
        #expect(constant.act(requests([1])) == [[-0.5, -0.5, -0.5]])
    }
}
