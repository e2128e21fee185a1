import Foundation
import M3DTModel
import M3DTStorage
import M3DTTensor

// Several experts as one stage. While they are trained they have a folder together; then each gets its own, as if trained alone.
extension ExpertTrainer {
    private static let prefix = "together-"

    /// Checks that experts can be trained together as asked for.
    ///
    /// - Parameter experts: How many there are.
    /// - Throws: ``TrainingError/option(name:value:allowed:)``.
    public static func check(
        together: Int, experts: Int, _ expert: ExpertOptions, _ options: StageOptions
    ) throws {
        guard (1...max(1, experts)).contains(together) else {
            throw TrainingError.option(
                name: "experts.together", value: "\(together)", allowed: "from 1 to the number of experts, \(experts)")
        }
        guard together == 1 || expert.form == .feedForward else {
            throw TrainingError.option(
                name: "experts.together", value: "\(together)",
                allowed: "1 for \(expert.form.rawValue) experts; only feedForward ones can be trained together")
        }
        try options.check(canTrain: together)
    }

    /// The folder of some experts while they are trained.
    func groupFolder(_ group: Range<Int>) -> StageFolder {
        StageFolder(folder.appendingPathComponent("\(Self.prefix)\(group.lowerBound)-\(group.upperBound - 1)"))
    }

    /// Trains several experts as one stage.
    ///
    /// Killed at any moment, it goes on where it was: the group's folder is removed once each expert has its own.
    /// - Throws: As ``train(_:)``.
    func trainTogether(_ group: Range<Int>) throws -> (experts: [Expert], outcome: StageOutcome) {
        let tasks = Array(try grouping.indices(in: source.tasks)[group])
        let stage = try ExpertGroupStage(group, beside: backbone, options: expert, seed: options.seed)
        let members = try zip(stage.members, zip(group, tasks)).map { member, own in
            let identity = try StageIdentity(member, source: source, tasks: [own.1], options: options)
            return (stage: member, folder: folder(of: own.0), identity: identity)
        }
        for member in members { try member.folder.check(member.identity) }
        for named in stage.savedParameters + members.flatMap(\.stage.savedParameters) {
            try named.parameter.move(to: backbone.transformer.device)
        }
        if members.allSatisfy(\.folder.isFinished) {
            for member in members {
                try member.folder.readWeights(into: member.stage.savedParameters)
                try control.observer?.training(
                    .alreadyFinished(stage: member.stage.name, weights: member.folder.weights))
            }
        } else {
            let loop = try TrainingLoop(
                stage, source: source, tasksOfParts: tasks, options: options, folder: groupFolder(group).url,
                control: control)
            let outcome = try loop.run()
            guard outcome == .finished else { return ([], outcome) }
            try stage.copyWeights()
            for member in members {
                try member.folder.create()
                try member.folder.finish(member.stage, identity: member.identity, end: nil)
            }
        }
        try remove(groupFolder(group).url)
        return (members.map(\.stage.expert), .finished)
    }

    /// Checks that no experts are half trained that were together otherwise.
    ///
    /// - Throws: ``TrainingError/otherConfiguration(file:field:stored:current:)``.
    func refuseOtherGroups() throws {
        let own = groups.filter { $0.count > 1 }.map { groupFolder($0).url.lastPathComponent }
        func experts(_ name: String) -> String { String(name.dropFirst(Self.prefix.count)) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names.sorted() where name.hasPrefix(Self.prefix) && !own.contains(name) {
            throw TrainingError.otherConfiguration(
                file: folder.appendingPathComponent(name).path, field: "experts.together", stored: experts(name),
                current: own.isEmpty ? "none" : own.map(experts).joined(separator: ", "))
        }
    }

    private func remove(_ url: URL) throws {
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        try FileManager.default.removeItem(at: url)
    }
}

extension StageFolder {
    /// Checks that what is in the folder, if anything, is a training's.
    ///
    /// - Throws: ``TrainingError`` where it is another's, ``StorageError`` where it is damaged.
    func check(_ identity: StageIdentity) throws {
        if isFinished {
            try identity.check(matches: readIdentity(), file: record, steps: true)
        } else if checkpoint.exists {
            try checkpoint.check(identity)
        }
    }
}
