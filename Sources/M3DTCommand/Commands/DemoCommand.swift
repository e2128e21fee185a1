import ArgumentParser
import Foundation
import M3DT
import M3DTTensor

/// The command `demo`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "See all of it in a few minutes on ten real tasks.",
        discussion: """
            Collects data of five cheetah-vel and five ant-dir tasks, trains a PromptDT and an M3DT with the same number of \
            optimiser steps, plays both, the demonstrators and an untrained policy, and writes a report. Stopped, it goes on \
            when it is started again.
            """)

    @Option(name: .customLong("run"), help: "Where everything goes.")
    var folder = URL(fileURLWithPath: "runs/demo")

    @Option(help: "What everything random is drawn from.")
    var seed: UInt64 = 0

    @Flag(help: "So small that nothing is learnt: a check in under a minute that all parts work together.")
    var quick = false

    @Option(help: "cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    @OptionGroup var output: OutputOptions

    func run() throws {
        var demo = Demo(folder: folder, progress: output.progress(), stop: Interrupts.listen())
        demo.isQuick = quick
        demo.seed = seed
        demo.device = try Device(named: device)
        let result = try demo.run()
        try output.show(result.table)
        output.say("comparison: \(result.comparison.path)\nreport:     \(result.report.path)")
    }
}
