import M3DTReports

// What a study would do.
extension StudyRunner {
    /// A row for each run: what it is, its optimiser steps, those that it takes over, and whether it is finished.
    ///
    /// - Throws: Where a recipe cannot be written as text.
    public func gridTable() throws -> TextTable {
        try TextTable(
            columns: [.init("method", .left), .init("set", .left)]
                + ["tasks", "experts", "seed", "steps", "taken over"].map { .init($0, .right) } + [
                    .init("state", .left)
                ],
            rows: StudyPlan.works(plan.cells, in: folder).map { work in
                let cell = work.cell
                return [
                    cell.method, cell.set, "\(cell.tasks.count)", cell.experts.map(String.init) ?? NumberText.missing,
                    "\(cell.seed)", NumberText.grouped(cell.steps), NumberText.grouped(cell.steps - work.newSteps),
                    work.isFinished ? "finished" : work.folder.isRun ? "begun" : "to do",
                ]
            })
    }

    /// Optimiser steps of all runs, what is taken over counted once, and of those that are not finished.
    ///
    /// - Throws: Where a recipe cannot be written as text.
    public func stepCounts() throws -> (all: Int, left: Int) {
        let works = try StudyPlan.works(plan.cells, in: folder)
        return (
            works.reduce(0) { $0 + $1.newSteps },
            works.filter { !$0.isFinished }.reduce(0) { $0 + $1.newSteps }
        )
    }
}
