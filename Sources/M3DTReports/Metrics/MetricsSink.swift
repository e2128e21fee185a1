import Foundation

/// A place that a training's measurements go to.
///
/// Sinks may be called from several threads. Every call has reached the operating system when it returns, so that ending the
/// process loses nothing but the record being written.
public protocol MetricsSink: Sendable {
    /// Keeps the numbers of a step.
    ///
    /// - Throws: ``ReportError`` where a number is not finite or the file cannot be written.
    func record(_ record: MetricsRecord) throws

    /// Keeps a picture. A sink that holds only numbers passes over it.
    ///
    /// - Throws: ``ReportError`` where the file cannot be written.
    func record(_ picture: MetricsPicture) throws

    /// Keeps a text, such as the configuration. A sink that holds only numbers passes over it.
    ///
    /// - Throws: ``ReportError`` where the file cannot be written.
    func record(_ text: MetricsText) throws

    /// Takes back what a stage measured after the given step, because the stage goes on from there.
    ///
    /// - Throws: ``ReportError`` where the file cannot be read or written.
    func resume(stage: String, after step: Int) throws
}

extension MetricsSink {
    /// Passes over the picture: a sink holds only numbers unless it says otherwise.
    public func record(_ picture: MetricsPicture) throws {}
    /// Passes over the text: a sink holds only numbers unless it says otherwise.
    public func record(_ text: MetricsText) throws {}
}

/// A picture that belongs to a step of a stage, such as a rollout.
public struct MetricsPicture: Sendable, Equatable {
    /// The stage that it belongs to.
    public var stage: String
    /// Optimiser steps taken in the stage.
    public var step: Int
    /// What it is called, such as `rollout/ant-dir-03`.
    public var name: String
    /// The picture.
    public var picture: PNGPicture

    /// Makes a picture of a step.
    public init(stage: String, step: Int, name: String, picture: PNGPicture) {
        self.stage = stage
        self.step = step
        self.name = name
        self.picture = picture
    }
}

/// A text that belongs to a stage, such as its configuration.
public struct MetricsText: Sendable, Equatable {
    /// The stage that it belongs to.
    public var stage: String
    /// Optimiser steps taken in the stage.
    public var step: Int
    /// What it is called, such as `rollout/ant-dir-03`.
    public var name: String
    /// The text.
    public var text: String

    /// Makes a text of a stage.
    public init(stage: String, step: Int = 0, name: String, text: String) {
        self.stage = stage
        self.step = step
        self.name = name
        self.text = text
    }
}

/// Passes everything on to several sinks, in order.
public struct MetricsFanOut: MetricsSink {
    /// Where everything goes.
    public let sinks: [any MetricsSink]

    /// Makes a sink of sinks.
    public init(_ sinks: [any MetricsSink]) {
        self.sinks = sinks
    }

    /// - Throws: What the first sink throws that fails; the ones after it are not called.
    public func record(_ record: MetricsRecord) throws {
        for sink in sinks { try sink.record(record) }
    }

    /// - Throws: What the first sink throws that fails; the ones after it are not called.
    public func record(_ picture: MetricsPicture) throws {
        for sink in sinks { try sink.record(picture) }
    }

    /// - Throws: What the first sink throws that fails; the ones after it are not called.
    public func record(_ text: MetricsText) throws {
        for sink in sinks { try sink.record(text) }
    }

    /// - Throws: What the first sink throws that fails; the ones after it are not called.
    public func resume(stage: String, after step: Int) throws {
        for sink in sinks { try sink.resume(stage: stage, after: step) }
    }
}
