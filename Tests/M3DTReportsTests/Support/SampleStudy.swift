import Foundation

@testable import M3DTReports

/// Writes a study folder as a study would: a grid, and runs with scores, curves, groups and gates.
struct SampleStudy {
    struct Method {
        var name: String
        var family: String
        var experts: Int?
        /// The mean score, and how much of it ten times as many tasks take away.
        var level: Double
        var loss: Double

        init(_ name: String, family: String? = nil, experts: Int? = nil, level: Double, loss: Double) {
            (self.name, self.family, self.experts) = (name, family ?? name, experts)
            (self.level, self.loss) = (level, loss)
        }
    }

    var methods = [
        Method("PromptDT", level: 90, loss: 22), Method("HarmoDT", level: 91, loss: 18),
        Method("MoE", experts: 4, level: 88, loss: 20),
        Method("M3DT-Random N=2", family: "M3DT-Random", experts: 2, level: 89, loss: 12),
        Method("M3DT-Random N=4", family: "M3DT-Random", experts: 4, level: 91, loss: 10),
        Method("M3DT-Gradient N=2", family: "M3DT-Gradient", experts: 2, level: 90, loss: 11),
        Method("M3DT-Gradient N=4", family: "M3DT-Gradient", experts: 4, level: 93, loss: 8),
    ]
    var sets = [("10", 10), ("40", 40)]
    var seeds: [UInt64] = [0, 1]
    var baseline = "PromptDT"
    /// Runs that are in the grid, but not finished.
    var unfinished: Set<String> = []

    var grid: StudyGrid {
        StudyGrid(
            name: "sample", baseline: baseline,
            runs: sets.flatMap { set, count in
                seeds.flatMap { seed in
                    methods.map { method in
                        StudyRun(
                            folder: "\(method.name)-\(set)-\(seed)", method: method.name, family: method.family,
                            experts: method.experts, set: set, taskCount: count, seed: seed, steps: 1000)
                    }
                }
            })
    }

    func write(to url: URL) throws -> StudyFolder {
        let folder = StudyFolder(url)
        let grid = grid
        try writeAtomically(JSONEncoder().encode(grid), to: folder.grid)
        try writeAtomically(Data("name: sample\nseeds: [0, 1]\n".utf8), to: folder.study)
        for (place, run) in grid.runs.enumerated() where !unfinished.contains(run.folder) {
            let method = methods[place % methods.count]
            let sample = SampleRun(
                tasksPerDomain: [("cheetah-vel", run.taskCount / 2), ("ant-dir", run.taskCount / 2)],
                experts: method.experts ?? 1, seeds: [run.seed], episodes: 2, steps: 200, pictureWidth: 8)
            try sample.write(to: folder.cell(run))
            if method.experts == nil {
                try? FileManager.default.removeItem(at: folder.cell(run).appendingPathComponent("gates.csv"))
            }
            try writeScores(sample, method, run, folder)
            let cost = StudyCost(parameters: 100_000 * (1 + (method.experts ?? 0)), trainingSeconds: 60 + Double(place))
            try writeAtomically(JSONEncoder().encode(cost), to: folder.cost(run))
        }
        return folder
    }

    private func writeScores(_ sample: SampleRun, _ method: Method, _ run: StudyRun, _ folder: StudyFolder) throws {
        let level = method.level - method.loss * log10(Double(run.taskCount) / 10)
        // The rows carry the episodes' seed and a name of their own; the study's name counts.
        let shift = level - 61
        let records = sample.records().filter { $0.method == "M3DT" }.map { record in
            var record = record
            (record.score, record.seed) = (min(max(record.score + shift, 0), 100), 77)
            return record
        }
        let evaluation = folder.cell(run).appendingPathComponent("evaluation")
        try FileManager.default.removeItem(at: evaluation)
        try EvaluationRecord.write(records, to: evaluation.appendingPathComponent("episodes.csv"))
    }
}
