import ArgumentParser
import Foundation
import M3DTRanks
import M3DTReports
import M3DTTraining

/// How a command reports, the same for all.
struct OutputOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Show no progress.")
    var quiet = false

    @Flag(help: "Write progress and results as JSON, a line each.")
    var json = false

    func progress() -> ProgressDisplay {
        ProgressDisplay(style: .fitting(quiet: quiet, json: json, terminal: Terminal.detect()))
    }

    /// As a rank other than the first reports: not at all.
    func silenced(unless isFirst: Bool) -> OutputOptions {
        var options = self
        options.quiet = quiet || !isFirst
        return options
    }

    /// Prints a table for people, or its rows as JSON objects.
    func show(_ table: TextTable) throws {
        guard json else { return print(table.text(), terminator: "") }
        let names = table.columns.map(\.title)
        for row in table.rows {
            let object = Dictionary(uniqueKeysWithValues: zip(names, row))
            let line = try JSONSerialization.data(
                withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
            print(String(decoding: line, as: UTF8.self))
        }
    }

    /// Prints a sentence, unless only machines listen.
    func say(_ text: String) {
        guard !quiet, !json else { return }
        print(text)
        // At once, also into a file.
        fflush(nil)
    }
}

/// How a command is stopped before its end.
struct InterruptOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Save and stop when standard input ends: with the program that started this one.", visibility: .hidden))
    var endWithInput = false

    func listen() -> StopRequest { Interrupts.listen(toInput: endWithInput) }

    /// Among several ranks, the first one speaks.
    func listen(_ ranks: any RankGroup) -> StopRequest {
        guard ranks.count > 1 else { return listen() }
        let answer = "saving, where all ranks are still there; where one is lost, the run ends at its last checkpoint"
        return Interrupts.listen(toInput: endWithInput, answer: ranks.isFirst ? answer : nil)
    }
}

extension URL: @retroactive ExpressibleByArgument {
    public init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        self.init(fileURLWithPath: (argument as NSString).expandingTildeInPath)
    }

    /// As a user would write it, in help texts.
    public var defaultValueDescription: String { relativePath }
}
