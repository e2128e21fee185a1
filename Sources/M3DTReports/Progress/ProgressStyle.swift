import Foundation

/// How progress is shown.
public enum ProgressStyle: Sendable, Equatable {
    /// One line of a terminal that is drawn again and again.
    case bar(Terminal)
    /// A line now and then, for a file or a pipe.
    case lines(everySeconds: Double)
    /// A JSON object a line now and then, for another program.
    case json(everySeconds: Double)
    case quiet

    /// Seconds between two lines where progress goes to a file or a pipe.
    public static let lineIntervalSeconds = 15.0
    /// Seconds between two JSON lines.
    public static let jsonIntervalSeconds = 1.0

    /// The style that fits what the user asked for and where the output goes.
    ///
    /// - Parameters:
    ///   - quiet: The user asked for silence; goes before `json`.
    ///   - terminal: What the output is, where it is a terminal.
    public static func fitting(quiet: Bool, json: Bool, terminal: Terminal?) -> ProgressStyle {
        if quiet { return .quiet }
        if json { return .json(everySeconds: jsonIntervalSeconds) }
        return terminal.map { .bar($0) } ?? .lines(everySeconds: lineIntervalSeconds)
    }
}

/// What a terminal can show.
public struct Terminal: Sendable, Equatable {
    /// Columns.
    public var width: Int
    /// Whether colours may be used.
    public var colour: Bool
    /// Whether block characters can be shown.
    public var unicode: Bool

    /// Makes a terminal of given abilities.
    public init(width: Int = 80, colour: Bool = true, unicode: Bool = true) {
        self.width = width
        self.colour = colour
        self.unicode = unicode
    }

    /// The terminal behind a file descriptor; nil where it is none, or one that cannot redraw a line.
    ///
    /// `COLUMNS` overrides the width, `NO_COLOR` takes the colour away, and a locale other than UTF-8 the block characters.
    public static func detect(
        descriptor: Int32 = 2, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Terminal? {
        guard isatty(descriptor) == 1 else { return nil }
        return fitting(environment: environment, systemWidth: systemWidth(descriptor))
    }

    static func fitting(environment: [String: String], systemWidth: Int?) -> Terminal? {
        guard environment["TERM"] != "dumb" else { return nil }
        let asked = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return Terminal(
            width: asked ?? systemWidth ?? 80, colour: (environment["NO_COLOR"] ?? "").isEmpty,
            unicode: ["utf-8", "utf8"].contains { locale.lowercased().contains($0) })
    }

    private static func systemWidth(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
