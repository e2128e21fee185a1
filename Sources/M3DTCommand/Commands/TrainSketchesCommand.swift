import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTReports

/// The command `train sketches`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct TrainSketchesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sketches",
        abstract: "Compare grouping by random sketches with exact grouping, on a run's backbone.",
        discussion: """
            Exact grouping holds a number for each task and weight. With --set grouping.sketch=1024 a training holds 1024 numbers \
            for each task instead. This command says what that costs: the adjusted Rand index of the groups with the exact \
            ones (1: the same; also given for exact grouping from other beginnings), and their inertia on the exact vectors, divided \
            by that of the exact groups (1: as good).

                m3dt train sketches --run runs/first --data data/first --experts 8
            """)

    @Option(name: .customLong("run"), help: "The folder of a run whose backbone is finished; nothing in it changes.")
    var folder: URL

    @Option(parsing: .upToNextOption, help: "The folder of the run's data, or several.")
    var data: [URL]

    @Option(parsing: .upToNextOption, help: "The widths of the sketches.")
    var widths = [64, 256, 1024, 4096]

    @Option(help: "The number of groups. Default: the recipe's.")
    var experts: Int?

    @Option(parsing: .upToNextOption, help: "Seeds of the projections.")
    var seeds: [UInt64] = [0, 1, 2]

    @Option(help: "Where the rows go as CSV.")
    var csv: URL?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard widths.allSatisfy({ $0 > 0 }), experts ?? 1 > 0, !seeds.isEmpty else {
            throw ValidationError("--widths and --experts must be positive, and there must be a seed")
        }
    }

    func run() throws {
        let run = RunFolder(folder)
        let recipe = try run.recipe()
        let pipeline = try Pipeline(
            recipe: recipe, data: RunData(data.map { try TrajectoryStore($0) }), run: run, progress: output.progress())
        let comparison = try pipeline.compareSketches(
            widths: widths, experts: experts ?? recipe.grouping.experts, seeds: seeds)
        if let csv { try comparison.csv().write(to: csv) }
        try output.show(comparison.table())
    }
}
