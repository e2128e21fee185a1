/// What was measured at one step of one stage.
public struct MetricsRecord: Sendable, Equatable, Codable {
    /// The stage: `backbone`, `expert-3`, `router`.
    public var stage: String
    /// Optimiser steps taken in the stage.
    public var step: Int
    /// Seconds since the run began, pauses left out.
    public var wallSeconds: Double
    /// The numbers by name, such as `training/train_loss_mean`.
    public var values: [String: Double]

    /// Makes a record.
    public init(stage: String, step: Int, wallSeconds: Double, values: [String: Double]) {
        self.stage = stage
        self.step = step
        self.wallSeconds = wallSeconds
        self.values = values
    }

    enum CodingKeys: String, CodingKey {
        case stage, step, values
        case wallSeconds = "wall_seconds"
    }

    /// Reads a record; a value written as `null` becomes NaN.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        stage = try fields.decode(String.self, forKey: .stage)
        step = try fields.decode(Int.self, forKey: .step)
        wallSeconds = try fields.decode(Double.self, forKey: .wallSeconds)
        values = try fields.decode([String: Double?].self, forKey: .values).mapValues { $0 ?? .nan }
    }

    /// Writes a record; a value that is not finite becomes `null`.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(stage, forKey: .stage)
        try fields.encode(step, forKey: .step)
        try fields.encode(wallSeconds, forKey: .wallSeconds)
        try fields.encode(values.mapValues { $0.isFinite ? $0 : nil }, forKey: .values)
    }

    /// Checks that every value is finite.
    ///
    /// - Throws: ``ReportError/metricNotFinite(name:stage:step:)`` for the first name, in order of the alphabet, that is not.
    public func checkFinite() throws {
        guard let name = values.keys.sorted().first(where: { values[$0]?.isFinite == false }) else { return }
        throw ReportError.metricNotFinite(name: name, stage: stage, step: step)
    }
}

/// What a sink does with a number that is NaN or infinite.
public enum NonFinitePolicy: Sendable {
    /// Throws ``ReportError/metricNotFinite(name:stage:step:)`` and writes nothing: a diverged training should stop.
    case refuse
    /// Keeps it as missing (`null` in JSON).
    case keep
}
