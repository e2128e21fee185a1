/// A stretch of work whose length is known.
public struct ProgressStage: Sendable, Equatable {
    /// What is shown before the bar.
    public var name: String
    /// Steps in all.
    public var total: Int
    /// What is counted, in the plural.
    public var unit: String
    /// Which stage of how many this is, from 1; nil where there is only one.
    public var position: Position?

    /// The place of a stage among others.
    public struct Position: Sendable, Equatable {
        /// From 1.
        public var index: Int
        /// Stages in all.
        public var count: Int

        /// Makes a place.
        public init(_ index: Int, of count: Int) {
            self.index = index
            self.count = count
        }
    }

    /// Makes a stage.
    public init(_ name: String, total: Int, unit: String = "steps", position: Position? = nil) {
        self.name = name
        self.total = total
        self.unit = unit
        self.position = position
    }
}

/// Where a stage stands, and what follows from how fast it went of late.
struct ProgressState: Equatable {
    var stage: ProgressStage
    var step: Int
    var loss: Double?
    /// Steps a second over the window; nil until two readings lie apart.
    var rate: Double?
    /// The time left where it is known better than from the rate.
    var knownSecondsLeft: Double?

    var fraction: Double {
        stage.total > 0 ? min(max(Double(step) / Double(stage.total), 0), 1) : 1
    }

    var secondsLeft: Double? {
        if step >= stage.total { return 0 }
        return knownSecondsLeft ?? rate.map { Double(stage.total - step) / $0 }
    }
}

/// The speed over the last seconds.
struct MovingRate {
    /// Seconds. Default 30: long enough to smooth over an evaluation, short enough to follow a change of load.
    var windowSeconds = 30.0
    private var readings: [(seconds: Double, step: Int)] = []

    /// Takes a reading and drops those that have left the window, keeping one from before it.
    mutating func add(step: Int, at seconds: Double) {
        readings.append((seconds, step))
        while readings.count > 2, readings[1].seconds <= seconds - windowSeconds { readings.removeFirst() }
        // Readings far denser than the window tell nothing more.
        let count = readings.count
        if count > 3, readings[count - 2].seconds - readings[count - 3].seconds < windowSeconds / 100 {
            readings.remove(at: count - 2)
        }
    }

    var rate: Double? {
        guard let first = readings.first, let last = readings.last, last.seconds > first.seconds, last.step > first.step
        else { return nil }
        return Double(last.step - first.step) / (last.seconds - first.seconds)
    }
}
