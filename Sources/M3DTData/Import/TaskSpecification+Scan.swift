import M3DTTasks

extension TaskSpecification {
    /// The specification of a task that nobody has described, as its data suggests it.
    ///
    /// Columns that are zero throughout at the end are taken for padding. A score of 0 is the least return of the data and
    /// 100 the greatest, which is also the target; where success is recorded, the score is that.
    init(name: String, suggestedBy scan: ForeignScan, episodeSteps: Int?) {
        let range = scan.greatestReturn - scan.leastReturn
        let scale = max(abs(scan.greatestReturn), abs(scan.leastReturn))
        self.init(
            name: name, domain: .custom, observationWidth: scan.usedObservationWidth, actionWidth: scan.usedActionWidth,
            episodeSteps: episodeSteps ?? max(scan.longest, 1), targetReturn: scan.greatestReturn,
            returnScale: scale > 0 ? scale : 1,
            score: scan.hasSuccess ? .success : .linear(offset: -scan.leastReturn, range: range > 0 ? range : 1),
            evaluationEpisodes: 10)
    }

    /// Checks that data can be of this task.
    ///
    /// - Throws: ``DataError`` that says what does not fit.
    func check(_ scan: ForeignScan, foreignName: String) throws {
        func fail(_ problem: DataError.Problem) -> DataError { DataError(problem, task: foreignName) }
        guard scan.episodes > 0 else { throw fail(.tooFewEpisodes(found: 0, prompts: 0)) }
        for (what, width, found, used) in [
            ("observations", observationWidth, scan.observationWidth, scan.usedObservationWidth),
            ("actions", actionWidth, scan.actionWidth, scan.usedActionWidth),
        ] {
            guard found >= width else { throw fail(.foreignWidth(what: what, task: name, width: width, found: found)) }
            guard used <= width else { throw fail(.foreignWidth(what: what, task: name, width: width, found: used)) }
        }
        guard scan.longest <= episodeSteps else {
            throw fail(.episodeTooLong(found: scan.longest, limit: episodeSteps, task: name))
        }
    }
}
