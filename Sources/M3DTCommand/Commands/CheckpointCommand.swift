import ArgumentParser
import Foundation
import M3DT
import M3DTReports
import M3DTStorage

/// The command `checkpoint`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Look into files of weights.", subcommands: [CheckpointInfoCommand.self])
}

/// The command `info`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct CheckpointInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "List the tensors of a safetensors file or a PyTorch archive.",
        discussion: "PyTorch archives are read without running any code in them.")

    @Argument(help: "The file.")
    var file: URL

    @OptionGroup var output: OutputOptions

    func run() throws {
        var table = try TextTable(titles: ["tensor", "type", "shape", "numbers"])
        for (name, type, shape) in try tensors() {
            try table.append([
                name, type.rawValue, shape.map(String.init).joined(separator: "x"),
                NumberText.grouped(shape.reduce(1, *)),
            ])
        }
        try output.show(table)
    }

    private func tensors() throws -> [(String, ElementType, [Int])] {
        if file.pathExtension == "safetensors" {
            let contents = try SafetensorsFile(contentsOf: file)
            return contents.names.map { ($0, contents.entries[$0]!.type, contents.entries[$0]!.shape) }
        }
        return try PyTorchArchive(contentsOf: file).flattenedTensors().sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.type, $0.value.shape) }
    }
}
