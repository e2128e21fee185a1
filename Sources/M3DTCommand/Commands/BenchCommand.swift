import ArgumentParser

/// The command `bench`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time training and acting, turn by turn with PyTorch; measure how they scale.",
        discussion: """
            Without one of the subcommands below, pieces of work are timed at the paper's sizes:

                m3dt bench backbone router-24 --against-pytorch
                m3dt bench scaling experts --csv scaling.csv

            m3dt help bench cases lists all options.
            """,
        subcommands: [
            BenchCasesCommand.self, BenchCaseCommand.self, BenchScalingCommand.self, BenchPointCommand.self,
        ],
        defaultSubcommand: BenchCasesCommand.self)
}
