import Foundation

/// Composes the lines that show progress; pure functions of the state.
enum ProgressLine {
    /// The bar, at most one column less than the terminal is wide; on a narrow one the least important parts are left out.
    static func bar(_ state: ProgressState, _ terminal: Terminal) -> String {
        let width = max(terminal.width - 1, 1)
        let head = title(of: state.stage)
        var parts = [percentage(state), counts(state), rate(state), timeLeft(state), loss(state)]
        // Which part to give up next when room is short.
        var leastImportant = [1, 2, 4, 3]
        func taken() -> Int {
            DisplayWidth.of(head) + parts.reduce(0) { $0 + ($1.isEmpty ? 0 : DisplayWidth.of($1) + 2) }
        }
        while taken() + 2 + minimumBar > width, !leastImportant.isEmpty { parts[leastImportant.removeFirst()] = "" }
        let room = min(width - taken() - 2, maximumBar)
        let drawn = room >= minimumBar ? [draw(state.fraction, columns: room, terminal)] : []
        let line = ([head] + drawn + parts.filter { !$0.isEmpty }).joined(separator: "  ")
        return room >= minimumBar ? line : DisplayWidth.cut(line, to: width)
    }

    /// A line for a file.
    static func plain(_ state: ProgressState) -> String {
        let parts = [percentage(state), counts(state), rate(state), timeLeft(state), loss(state)]
        return title(of: state.stage) + ": " + parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// The line that a finished stage leaves behind.
    static func finished(_ state: ProgressState, seconds: Double) -> String {
        let time = "done in " + NumberText.duration(seconds: seconds)
        let parts = [counts(state), time, loss(state)]
        return title(of: state.stage) + ": " + parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// A JSON object; numbers that are not known are left out.
    static func json(_ state: ProgressState, event: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let fields = JSONFields(
            event: event, stage: state.stage.name, step: state.step, total: state.stage.total, unit: state.stage.unit,
            stageIndex: state.stage.position?.index, stageCount: state.stage.position?.count,
            rate: finite(state.rate), secondsLeft: finite(state.secondsLeft), loss: finite(state.loss))
        return encoded(fields, encoder)
    }

    /// A message as a JSON object.
    static func json(message: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoded(["event": "message", "text": message], encoder)
    }

    private struct JSONFields: Encodable {
        var event, stage: String
        var step, total: Int
        var unit: String
        var stageIndex, stageCount: Int?
        var rate, secondsLeft, loss: Double?

        enum CodingKeys: String, CodingKey {
            case event, stage, step, total, unit, loss
            case stageIndex = "stage_index"
            case stageCount = "stage_count"
            case rate = "steps_per_second"
            case secondsLeft = "seconds_left"
        }
    }

    private static func encoded(_ value: some Encodable, _ encoder: JSONEncoder) -> String {
        // Text and finite numbers always encode.
        (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private static func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }

    private static let minimumBar = 8
    private static let maximumBar = 40

    private static func title(of stage: ProgressStage) -> String {
        (stage.position.map { "[\($0.index)/\($0.count)] " } ?? "") + stage.name
    }

    private static func percentage(_ state: ProgressState) -> String {
        // 100 % is said only when all is done.
        let whole = Int(state.fraction * 100)
        return String(repeating: " ", count: 3 - String(whole).count) + "\(whole)%"
    }

    private static func counts(_ state: ProgressState) -> String {
        "\(NumberText.grouped(state.step))/\(NumberText.grouped(state.stage.total)) \(state.stage.unit)"
    }

    private static func rate(_ state: ProgressState) -> String {
        state.rate.map { NumberText.significant($0, digits: 3) + " \(state.stage.unit)/s" } ?? ""
    }

    private static func timeLeft(_ state: ProgressState) -> String {
        guard state.step < state.stage.total, let seconds = state.secondsLeft else { return "" }
        return NumberText.duration(seconds: seconds) + " left"
    }

    private static func loss(_ state: ProgressState) -> String {
        state.loss.map { "loss " + NumberText.significant($0, digits: 4) } ?? ""
    }

    private static func draw(_ fraction: Double, columns: Int, _ terminal: Terminal) -> String {
        let filled = Int(fraction * Double(columns))
        let (full, empty) = terminal.unicode ? ("━", terminal.colour ? "━" : "─") : ("#", ".")
        let done = String(repeating: full, count: filled)
        let rest = String(repeating: empty, count: columns - filled)
        return terminal.colour ? "\u{1B}[36m\(done)\u{1B}[90m\(rest)\u{1B}[0m" : done + rest
    }
}
