import Foundation
import M3DT
import M3DTRanks

/// What several processes do together, each from its beginning to its end.
enum RankedWork {
    /// Joins the other ranks, if there are any, and does the work.
    ///
    /// Where one fails, it says so and ends them all with its exit code, since the others would wait for it.
    /// - Throws: What `body` throws in a process alone, and `Interrupted`; `RankError` where ranks cannot join.
    static func run(_ body: (any RankGroup) throws -> Void) throws {
        let ranks = try Launcher.join()
        let outcome = Result { try body(ranks) }
        if case .failure(let error) = outcome, ranks.count > 1, !(error is Interrupted) {
            // What is wrong for all of them is best said once.
            if !ranks.isFirst { sleep(1) }
            FileHandle.standardError.write(Data("m3dt: rank \(ranks.rank): \(error)\n".utf8))
            Launcher.end(ranks, with: ExitStatus(of: error)?.rawValue ?? M3DTCommand.exitCode(for: error).rawValue)
        }
        fflush(nil)
        Launcher.leave(ranks)
        try outcome.get()
    }
}
