import Testing

@testable import M3DTReports

@Suite struct GateSpreadTests {
    @Test func tasksWithExpertsOfTheirOwnAreFarFromTheMean() {
        let spread = GateSpread([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
        #expect(spread.value == 0.75)
        #expect(spread.warning == nil)
        let mixed = GateSpread([[0.8, 0.2], [0.6, 0.4]])
        #expect(abs(mixed.value - 0.1) < 1e-12)
        #expect(!mixed.isCollapsed)
    }

    @Test func theSameGatesForAllTasksAreACollapse() throws {
        let spread = GateSpread([[0.7, 0.3], [0.7, 0.3], [0.699, 0.301]])
        #expect(spread.isCollapsed)
        #expect(try #require(spread.warning).contains("router.order: mixed"))
    }

    @Test(arguments: [[], [[0.5, 0.5]], [[1], [1]]]) func oneTaskOrExpertCannotCollapse(gates: [[Double]]) {
        #expect(!GateSpread(gates).isCollapsed)
    }
}
