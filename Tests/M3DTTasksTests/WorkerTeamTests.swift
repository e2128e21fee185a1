import Testing

@testable import M3DTTasks

@Suite struct WorkerTeamTests {
    struct Failure: Error, Equatable { let piece: Int }

    @Test(arguments: [1, 2, 4, 9]) func everyPieceIsDoneOnceAndInItsPlace(workers: Int) throws {
        let team = WorkerTeam(count: workers)
        for pieces in [0, 1, 3, 100] {
            #expect(try team.map(pieces) { piece, _ in piece * piece } == (0..<pieces).map { $0 * $0 })
        }
    }

    @Test func workersAreNumbered() throws {
        let workers = try WorkerTeam(count: 3).map(500) { _, worker in worker }
        #expect(Set(workers).isSubset(of: [0, 1, 2]))
        #expect(try WorkerTeam(count: 1).map(5) { _, worker in worker } == [0, 0, 0, 0, 0])
    }

    @Test func noWorkerDoesTwoPiecesAtOnce() throws {
        final class Desk { var busy = false }
        let desks = (0..<4).map { _ in Desk() }
        let clashes = try WorkerTeam(count: 4).map(400) { _, worker in
            let clash = desks[worker].busy
            desks[worker].busy = true
            for _ in 0..<50 { _ = desks[worker].busy }
            desks[worker].busy = false
            return clash
        }
        #expect(!clashes.contains(true))
    }

    @Test(arguments: [1, 4]) func theFirstErrorIsThrownAndTheTeamGoesOn(workers: Int) throws {
        let team = WorkerTeam(count: workers)
        #expect(throws: Failure(piece: 7)) {
            try team.map(20) { piece, _ in if piece == 13 || piece == 7 { throw Failure(piece: piece) } }
        }
        #expect(try team.map(2) { piece, _ in piece } == [0, 1])
    }
}
