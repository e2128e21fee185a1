import Synchronization

/// Keeps measurements in memory: for tests and for programs that draw their own curves.
public final class MetricsMemory: MetricsSink {
    private struct Kept {
        var records: [MetricsRecord] = []
        var pictures: [MetricsPicture] = []
        var texts: [MetricsText] = []
    }

    private let kept = Mutex(Kept())

    /// Makes an empty memory.
    public init() {}

    /// The measurements, in the order in which they came.
    public var records: [MetricsRecord] { kept.withLock { $0.records } }
    /// The pictures, in the order in which they came.
    public var pictures: [MetricsPicture] { kept.withLock { $0.pictures } }
    /// The texts, in the order in which they came.
    public var texts: [MetricsText] { kept.withLock { $0.texts } }

    /// - Throws: ``ReportError/metricNotFinite(name:stage:step:)``.
    public func record(_ record: MetricsRecord) throws {
        try record.checkFinite()
        kept.withLock { $0.records.append(record) }
    }

    /// Keeps a picture.
    public func record(_ picture: MetricsPicture) {
        kept.withLock { $0.pictures.append(picture) }
    }

    /// Keeps a text.
    public func record(_ text: MetricsText) {
        kept.withLock { $0.texts.append(text) }
    }

    /// Forgets what a stage recorded after the given step.
    public func resume(stage: String, after step: Int) {
        kept.withLock { kept in
            kept.records.removeAll { $0.stage == stage && $0.step > step }
            kept.pictures.removeAll { $0.stage == stage && $0.step > step }
            kept.texts.removeAll { $0.stage == stage && $0.step > step }
        }
    }
}
