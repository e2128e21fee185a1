import Foundation
import Synchronization

/// Shows how far a piece of work has come: a bar on a terminal, plain lines elsewhere, JSON on request, or nothing.
///
/// One stage is shown at a time. Calls may come from any thread and are cheap where nothing is due to be drawn.
public final class ProgressDisplay: Sendable {
    private struct Shown {
        var state: ProgressState?
        var rate = MovingRate()
        var begun = 0.0
        var lastDrawn = -Double.infinity
        var barIsOnScreen = false
    }

    /// How progress is shown.
    public let style: ProgressStyle
    private let clock: @Sendable () -> Double
    private let output: @Sendable (String) -> Void
    private let shown = Mutex(Shown())

    /// Makes a display.
    ///
    /// - Parameters:
    ///   - clock: Seconds since any fixed moment, never going back.
    ///   - output: Takes the text that is shown, line ends included. Default: standard error, so that results on standard
    ///     output stay clean.
    public init(
        style: ProgressStyle, clock: @escaping @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime },
        output: @escaping @Sendable (String) -> Void = { FileHandle.standardError.write(Data($0.utf8)) }
    ) {
        self.style = style
        self.clock = clock
        self.output = output
    }

    /// Starts a stage, at the step that a resumed one goes on from.
    public func begin(_ stage: ProgressStage, at step: Int = 0) {
        shown.withLock { shown in
            let now = clock()
            clearBar(&shown)
            shown = Shown(state: ProgressState(stage: stage, step: step), begun: now)
            shown.rate.add(step: step, at: now)
            draw(&shown, event: "begin", at: now)
        }
    }

    /// Says how far the stage has come.
    ///
    /// - Parameter secondsLeft: Where it is known better than from the speed of late.
    public func update(step: Int, loss: Double? = nil, secondsLeft: Double? = nil) {
        guard style != .quiet else { return }
        shown.withLock { shown in
            guard shown.state != nil else { return }
            let now = clock()
            shown.rate.add(step: step, at: now)
            shown.state?.step = step
            shown.state?.rate = shown.rate.rate
            if let loss { shown.state?.loss = loss }
            if let secondsLeft { shown.state?.knownSecondsLeft = secondsLeft }
            if now - shown.lastDrawn >= intervalSeconds { draw(&shown, event: "progress", at: now) }
        }
    }

    /// Ends the stage and leaves a line that says how long it took.
    public func end() {
        shown.withLock { shown in
            guard let state = shown.state else { return }
            let now = clock()
            clearBar(&shown)
            switch style {
            case .bar, .lines: output(ProgressLine.finished(state, seconds: now - shown.begun) + "\n")
            case .json: output(ProgressLine.json(state, event: "end") + "\n")
            case .quiet: break
            }
            shown.state = nil
        }
    }

    /// Shows a line of text above the bar.
    public func note(_ text: String) {
        shown.withLock { shown in
            clearBar(&shown)
            switch style {
            case .bar, .lines: output(text + "\n")
            case .json: output(ProgressLine.json(message: text) + "\n")
            case .quiet: break
            }
            if case .bar = style, shown.state != nil { draw(&shown, event: "progress", at: clock()) }
        }
    }

    private var intervalSeconds: Double {
        switch style {
        case .bar: 0.1
        case .lines(let seconds), .json(let seconds): seconds
        case .quiet: .infinity
        }
    }

    private func draw(_ shown: inout Shown, event: String, at now: Double) {
        guard let state = shown.state else { return }
        shown.lastDrawn = now
        switch style {
        case .bar(let terminal):
            output("\r" + ProgressLine.bar(state, terminal) + "\u{1B}[K")
            shown.barIsOnScreen = true
        case .lines: output(ProgressLine.plain(state) + "\n")
        case .json: output(ProgressLine.json(state, event: event) + "\n")
        case .quiet: break
        }
    }

    private func clearBar(_ shown: inout Shown) {
        guard shown.barIsOnScreen else { return }
        output("\r\u{1B}[K")
        shown.barIsOnScreen = false
    }
}
