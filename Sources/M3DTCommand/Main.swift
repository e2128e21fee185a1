import ArgumentParser
import Foundation
import M3DT
import M3DTRanks

/// The program: parses, runs, and turns every error into one line and an exit code.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        if !arguments.isEmpty, !arguments.contains(where: ["-h", "--help", "--version"].contains) { shortenSpinning() }
        do {
            var command = try M3DTCommand.parseAsRoot()
            if !(command is TrainStagesCommand) { try Launcher.checkAlone(name(arguments)) }
            try command.run()
        } catch {
            guard let code = ExitStatus(of: error) else { M3DTCommand.exit(withError: error) }
            FileHandle.standardError.write(Data("m3dt: \(error)\n".utf8))
            exit(code.rawValue)
        }
    }
}

extension Main {
    /// The command as it was given, without its options.
    private static func name(_ arguments: some Sequence<String>) -> String {
        (["m3dt"] + arguments.prefix { !$0.hasPrefix("-") }).joined(separator: " ")
    }

    /// Starts the program anew with a short spin of libtorch's threads while they wait, unless the user has set one.
    ///
    /// OpenMP's default is to spin for milliseconds. Where another program wants the processors, a training step of a small
    /// model then takes 18 times as long (2 steps/s against 37); with the short spin it does not, and it loses nothing on a quiet machine
    /// (67 steps/s against 68). OpenMP reads the setting before `main`, hence the new start.
    private static func shortenSpinning() {
        guard getenv("GOMP_SPINCOUNT") == nil, getenv("OMP_WAIT_POLICY") == nil else { return }
        setenv("GOMP_SPINCOUNT", "5000", 1)
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        execv("/proc/self/exe", &arguments)
        // Only where there is no /proc: go on as we are.
    }
}

/// The root of the command line.
struct M3DTCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "m3dt",
        abstract: "Train one policy for many control tasks, offline, with a Mixture-of-Expert Decision Transformer.",
        discussion: """
            Start with:   m3dt demo                    everything in a few minutes, with a report
            Your own:     m3dt data collect --tasks ant-dir --data data/ant
                          m3dt train --recipe small --data data/ant --run runs/ant
                          m3dt evaluate --run runs/ant
                          m3dt report --run runs/ant
            Compare:      m3dt study STUDY.yaml        methods, task counts, seeds; see m3dt help study

            Exit codes: 0 done, 64 wrong usage, 65 damaged or mismatched data, 66 something is missing, 69 the device or \
            library is not there, 70 a simulator or the training failed, 73 a folder cannot be written, 74 the disk is full, \
            75 stopped on request (run again to go on), 76 another rank is lost, 78 a recipe is wrong, 1 goldens that do not \
            hold.
            """,
        version: m3dtVersion,
        subcommands: [
            DemoCommand.self, TasksCommand.self, DataCommand.self, TrainCommand.self, EvaluateCommand.self,
            RolloutCommand.self, ReportCommand.self, StudyCommand.self, CheckpointCommand.self, GoldensCommand.self,
            BenchCommand.self,
        ])
}
