import Foundation
import M3DTRandom

@testable import M3DTReports

/// Writes a run folder as a training would: curves, scores, groups, gates, pictures and configuration.
struct SampleRun {
    var tasksPerDomain = [("cheetah-vel", 6), ("ant-dir", 5), ("metaworld", 4)]
    var experts = 3
    var seeds: [UInt64] = [0, 1, 2]
    var episodes = 2
    var steps = 2000
    /// Pixels of a picture's longer side.
    var pictureWidth = 32

    var tasks: [(name: String, domain: String)] {
        tasksPerDomain.flatMap { domain, count in
            (0..<count).map { ("\(domain)-\(String(format: "%02d", $0))", domain) }
        }
    }

    func write(to folder: URL) throws {
        try writeMetrics(folder)
        try writeEvaluation(folder.appendingPathComponent("evaluation/scores.csv"))
        try writeGrouping(folder)
        for (index, task) in tasks.prefix(4).enumerated() {
            let url = folder.appendingPathComponent("pictures/\(task.name)-step-\(index * 50).png")
            try writeAtomically(
                try SamplePicture.png(width: pictureWidth, height: pictureWidth * 3 / 4, seed: index).bytes, to: url)
        }
        let configuration = "# Resolved configuration\nmodel:\n  width: 256\n  layers: 6\ntraining:\n  batchSize: 16\n"
        try writeAtomically(Data(configuration.utf8), to: folder.appendingPathComponent("config.yaml"))
        let versions = #"{"m3dt":"0.1.0","torch":{"version":"2.13.0","cuda":null},"cores":2,"deterministic":true}"#
        try writeAtomically(Data(versions.utf8), to: folder.appendingPathComponent("versions.json"))
    }

    var stages: [String] { ["backbone"] + (0..<experts).map { "expert-\($0)" } + ["router"] }

    private func writeMetrics(_ folder: URL) throws {
        let log = try MetricsLog(at: folder.appendingPathComponent("metrics.jsonl"))
        let board = TensorBoardWriter(folder: folder.appendingPathComponent("tensorboard")) { 1_700_000_000 }
        let sink = MetricsFanOut([log, board])
        var stream = RandomStream(seed: 3)
        for (place, stage) in stages.enumerated() {
            for step in stride(from: 0, through: steps, by: max(steps / 100, 1)) {
                let progress = Double(step) / Double(steps)
                var values = [
                    "training/train_loss_mean": 0.02 + 0.5 * exp(-6 * progress) * (1 + 0.1 * stream.normal()),
                    "training/gradient_norm": 0.3 + exp(-3 * progress) * (1 + 0.2 * stream.normal()),
                ]
                if stage == "backbone" {
                    values["conflict/mlp_cosine"] = 0.35 * exp(-4 * progress) - 0.02 + 0.01 * stream.normal()
                    values["conflict/attention_cosine"] = 0.4 * exp(-3 * progress) + 0.01 * stream.normal()
                    values["conflict/mlp_negative_share"] = 0.45 * progress + 0.01 * abs(stream.normal())
                    values["conflict/attention_negative_share"] = 0.3 * progress + 0.01 * abs(stream.normal())
                }
                try sink.record(
                    MetricsRecord(
                        stage: stage, step: step, wallSeconds: Double(place) * 60 + progress * 60, values: values))
            }
        }
        try sink.record(MetricsText(stage: "backbone", name: "configuration", text: "width: 256"))
        try sink.record(
            MetricsPicture(
                stage: "router", step: steps, name: "rollout", picture: try SamplePicture.png(width: 16, height: 12)))
    }

    /// Scores of a weak, a middling and a good method.
    func records() -> [EvaluationRecord] {
        let methods = [("untrained", 8.0), ("PromptDT", 52.0), ("M3DT", 61.0)]
        return methods.flatMap { method, level in
            tasks.enumerated().flatMap { index, task in
                seeds.flatMap { seed in
                    (0..<episodes).map { episode in
                        var stream = RandomStream(seed: seed).split(method).split(index).split(episode)
                        let score = min(max(level + Double(index % 5) * 6 - 10 + 8 * stream.normal(), 0), 100)
                        return EvaluationRecord(
                            method: method, task: task.name, domain: task.domain, seed: seed, episode: episode,
                            episodeReturn: score * 12 - 300, succeeded: score > 50, score: score, steps: 200)
                    }
                }
            }
        }
    }

    private func writeEvaluation(_ url: URL) throws {
        try EvaluationRecord.write(records(), to: url)
    }

    private func writeGrouping(_ folder: URL) throws {
        let names = tasks.map(\.name)
        let groups = (0..<experts).map { expert in
            names.enumerated().filter { $0.offset % experts == expert }.map(\.element)
        }
        let lists = groups.map { "[" + $0.map { "\"\($0)\"" }.joined(separator: ",") + "]" }.joined(separator: ",")
        let grouping =
            #"{"method":"gradient","experts":["# + lists + #"],"statistics":{"inertia":0.8231,"iterations":7}}"#
        try writeAtomically(Data(grouping.utf8), to: folder.appendingPathComponent("grouping.json"))
        let columns = ["task"] + (0..<experts).map { "expert-\($0)" }
        let rows = names.enumerated().map { index, name in
            [name]
                + (0..<experts).map { expert in
                    var stream = RandomStream(seed: 9).split(index).split(expert)
                    return String(
                        format: "%.4f",
                        index % experts == expert ? 0.6 + 0.3 * stream.uniform() : 0.2 * stream.uniform())
                }
        }
        try CSVTable(columns: columns, rows: rows).write(to: folder.appendingPathComponent("gates.csv"))
    }
}
