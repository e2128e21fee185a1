import Foundation
import Testing

@testable import M3DTData

@Suite struct TaskScheduleTests {
    @Test func tasksTakeTurns() {
        let schedule = TaskSchedule(tasks: [4, 7, 9])
        #expect((0..<5).map { schedule.rowTasks(step: $0, rows: 2) } == [[4, 4], [7, 7], [9, 9], [4, 4], [7, 7]])
    }

    @Test func mixedBatchesGoOnWhereTheStepBeforeEnded() {
        let schedule = TaskSchedule(.mixed, tasks: [4, 7, 9])
        #expect(schedule.rowTasks(step: 0, rows: 4) == [4, 7, 9, 4])
        #expect(schedule.rowTasks(step: 1, rows: 4) == [7, 9, 4, 7])
    }

    @Test func optionsSurviveJSON() throws {
        for options in [SamplerOptions(), .reference] {
            let json = try JSONEncoder().encode(options)
            #expect(try JSONDecoder().decode(SamplerOptions.self, from: json) == options)
        }
    }
}
