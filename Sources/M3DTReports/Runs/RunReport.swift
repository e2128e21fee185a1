import Foundation

/// The report of one run, made from the run's folder alone.
///
/// It reads `metrics.jsonl`, `evaluation/*.csv`, `grouping.json`, `gates.csv`, `pictures/*.png`, `config.yaml` and
/// `versions.json`. What is not there is named in the report; what is there but broken is an error.
public struct RunReport: Sendable, Equatable {
    /// The report.
    public let report: HTMLReport

    /// Reads a run folder and composes its report.
    ///
    /// - Throws: ``ReportError`` where the folder is not a run's or one of its files cannot be understood.
    public init(runFolder: URL, bootstrap: Bootstrap = Bootstrap()) throws {
        let files = try RunFiles(runFolder)
        let composer = RunReportComposer(files: files, curves: MetricsCurves(files.metrics), bootstrap: bootstrap)
        report = HTMLReport(
            title: "Run \(runFolder.standardizedFileURL.lastPathComponent)", subtitle: composer.subtitle,
            sections: try composer.sections())
    }

    /// Composes the report and writes it as `report.html` into the run folder.
    ///
    /// - Returns: Where the report is.
    /// - Throws: ``ReportError`` where the folder is not a run's, one of its files cannot be understood, or the report cannot
    ///   be written.
    @discardableResult
    public static func write(runFolder: URL, bootstrap: Bootstrap = Bootstrap()) throws -> URL {
        let url = runFolder.appendingPathComponent("report.html")
        try RunReport(runFolder: runFolder, bootstrap: bootstrap).report.write(to: url)
        return url
    }
}

/// Puts a run's report together.
struct RunReportComposer {
    let files: RunFiles
    let curves: MetricsCurves
    let bootstrap: Bootstrap

    var subtitle: String {
        let counts = [
            (files.evaluation.methods.count, "method"), (files.evaluation.tasks.count, "task"),
            (files.grouping?.experts.count ?? 0, "expert"),
        ]
        return counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: " · ")
    }

    /// - Throws: ``ReportError``.
    func sections() throws -> [ReportSection] {
        var sections = [ReportSection("Summary", try summary())]
        if !files.evaluation.records.isEmpty {
            sections.append(
                ReportSection("Scores", try ScoreSummary(results: files.evaluation, bootstrap: bootstrap).blocks()))
        }
        if !files.metrics.isEmpty {
            sections.append(ReportSection("Training", try training()))
            let conflict = try conflict()
            if !conflict.isEmpty { sections.append(ReportSection("Gradient conflict", conflict)) }
        }
        if let grouping = files.grouping { sections.append(ReportSection("Groups of tasks", try groups(grouping))) }
        if let gates = files.gates { sections.append(ReportSection("Gates", try heatMap(gates))) }
        if !files.pictures.isEmpty { sections.append(ReportSection("Rollouts", [.pictures(files.pictures)])) }
        let configuration = configuration
        if !configuration.isEmpty { sections.append(ReportSection("Configuration", configuration)) }
        return sections
    }

    private func summary() throws -> [ReportBlock] {
        let scores = try files.evaluation.methods.compactMap { method -> ReportCard? in
            guard let scores = try files.evaluation.strata(method) else { return nil }
            let interval = scores.meanInterval(bootstrap)
            return ReportCard(
                "\(method), mean score", NumberText.fixed(interval.value),
                detail: "95 %: \(NumberText.fixed(interval.lower)) – \(NumberText.fixed(interval.upper))")
        }
        // Each stage counts its own seconds.
        let seconds = curves.stages.compactMap { curves.end(of: $0)?.wallSeconds }.reduce(0, +)
        let time = ReportCard(
            "training time", NumberText.duration(seconds: seconds), detail: "\(curves.stages.count) stages")
        let cards = scores + (curves.stages.isEmpty ? [] : [time])
        return [.cards(cards)] + files.missing.map { .note("Not in this run: \($0).") }
            + curves.leftOut.sorted { $0.key < $1.key }.map { name, count in
                .warning("\(count) values of \(name) are not finite and are left out of the curves.")
            }
    }

    private var configuration: [ReportBlock] {
        (files.versions.isEmpty ? [] : [.settings(files.versions)])
            + (files.configuration.map { [.source($0, name: "config.yaml")] } ?? [])
    }
}
