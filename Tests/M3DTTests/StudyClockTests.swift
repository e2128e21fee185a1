import Testing

@testable import M3DT

@Suite struct StudyClockTests {
    @Test func eachMethodIsJudgedByItsOwnRuns() {
        var clock = StudyClock()
        #expect(clock.secondsLeft(["a": 100], jobs: 1) == nil, "nothing is known yet")
        clock.add("a", steps: 100, seconds: 10)
        clock.add("a", steps: 100, seconds: 30)
        clock.add("b", steps: 100, seconds: 80)
        #expect(clock.secondsLeft(["a": 50], jobs: 1) == 10)
        #expect(clock.secondsLeft(["b": 50], jobs: 1) == 40)
        // A method without runs is taken for the mean of all others: 120 s for 300 steps.
        let left = clock.secondsLeft(["a": 50, "b": 50, "c": 100], jobs: 2) ?? 0
        #expect(abs(left - (10 + 40 + 40) / 2) < 1e-9)
        clock.add("c", steps: 0, seconds: 5)
        #expect(clock.secondsLeft(["c": 0, "a": 0], jobs: 2) == 0)
    }
}
