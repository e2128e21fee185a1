import Foundation
import M3DTModel
import M3DTReports
import M3DTStorage
import M3DTTensor
import M3DTTraining

/// Stages that a run can take over from another one, instead of computing the same again.
///
/// Two runs share a beginning as far as all that determines it is equal in their recipes. What is taken over is checked once
/// more where it is read: a finished stage carries the identity of its training, down to the checksums of the data and of the
/// weights that it began with.
struct SharedStages {
    private struct Backbone: Encodable {
        let tasks: [String]
        let seed: UInt64
        let precision: Precision
        let model: ModelSection
        let data: DataSection
        let backbone: StageSection
    }

    private struct Experts: Encodable {
        let experts: ExpertsSection
        let expert: ExpertOptions
    }

    /// The stages that can be taken over, in order, each with all that determines it and those before it.
    static func keys(of recipe: Recipe) throws -> [(stage: StageKind, key: String)] {
        guard recipe.method == .m3dt || recipe.method == .backbone else { return [] }
        let backbone = try text(
            Backbone(
                tasks: recipe.tasks, seed: recipe.seed, precision: recipe.precision, model: recipe.model,
                data: recipe.data, backbone: recipe.backbone))
        guard recipe.method == .m3dt else { return [(.backbone, backbone)] }
        let group = backbone + (try text(recipe.grouping))
        let experts = group + (try text(Experts(experts: recipe.experts, expert: recipe.mixture.expert)))
        return [(.backbone, backbone), (.group, group), (.experts, experts)]
    }

    /// Copies into a run what another one has finished of the stages that they share.
    ///
    /// - Throws: `StorageError` or `ReportError` where something cannot be read or written.
    static func take(
        for recipe: Recipe, into run: RunFolder, from others: [(recipe: Recipe, run: RunFolder)]
    ) throws {
        for (stage, key) in try keys(of: recipe) where !run.hasFinished(stage, of: recipe) {
            let donor = try others.first { other in
                try keys(of: other.recipe).contains { $0.stage == stage && $0.key == key }
                    && other.run.hasFinished(stage, of: other.recipe)
            }
            guard let donor, !run.hasBegun(after: stage) else { break }
            try Folder.create(run.url)
            try copyMetrics(of: stage, from: donor.run, to: run)
            try copy(run.place(of: stage), from: donor.run.place(of: stage))
        }
    }

    /// The measurements first: the stage's own files are what makes it finished.
    private static func copyMetrics(of stage: StageKind, from donor: RunFolder, to run: RunFolder) throws {
        let prefix = stage == .experts ? "expert-" : stage.rawValue
        let records = try MetricsLog.read(donor.metrics).filter { $0.stage.hasPrefix(prefix) }
        let log = try MetricsLog(at: run.metrics)
        for name in Set(records.map(\.stage)) { try log.resume(stage: name, after: -1) }
        for record in records { try log.record(record) }
    }

    private static func copy(_ target: URL, from source: URL) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isFolder), isFolder.boolValue else {
            return try AtomicFile.write(Data(contentsOf: source), to: target)
        }
        try AtomicFolder.write(to: target) { folder in
            for name in try FileManager.default.contentsOfDirectory(atPath: source.path) {
                try FileManager.default.copyItem(
                    at: source.appendingPathComponent(name), to: folder.appendingPathComponent(name))
            }
        }
    }

    private static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension RunFolder {
    /// Where a stage leaves its results.
    func place(of stage: StageKind) -> URL {
        switch stage {
        case .backbone: backbone
        case .group: grouping
        case .experts: experts
        case .router: router
        case .joint: joint
        case .agents: agents
        case .fineTune: fineTune
        }
    }

    func hasFinished(_ stage: StageKind, of recipe: Recipe) -> Bool {
        switch stage {
        case .group: FileManager.default.fileExists(atPath: grouping.path)
        case .experts:
            (0..<recipe.grouping.experts).allSatisfy {
                StageFolder(experts.appendingPathComponent("\($0)")).isFinished
            }
        default: StageFolder(place(of: stage)).isFinished
        }
    }

    /// Something is there that was built on a stage.
    fileprivate func hasBegun(after stage: StageKind) -> Bool {
        Method.m3dt.stages.drop { $0 != stage }.dropFirst()
            .contains { FileManager.default.fileExists(atPath: place(of: $0).path) }
    }
}
