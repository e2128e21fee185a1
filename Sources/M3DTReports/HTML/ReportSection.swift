/// A part of a report with a heading of its own.
public struct ReportSection: Sendable, Equatable {
    /// The heading.
    public var title: String
    /// What the section holds, in order.
    public var blocks: [ReportBlock]

    /// Makes a section.
    public init(_ title: String, _ blocks: [ReportBlock]) {
        self.title = title
        self.blocks = blocks
    }
}

/// What a section is made of.
public enum ReportBlock: Sendable, Equatable {
    /// A paragraph.
    case text(String)
    /// Numbers to be seen first.
    case cards([ReportCard])
    /// A table; its reader may sort it by any column.
    case table(TextTable, caption: String)
    /// Plots, beside each other where there is room.
    case figures([SVGFigure])
    case pictures([ReportPicture])
    /// Names and values.
    case settings([ReportSetting])
    /// A text that keeps its lines, such as a configuration file.
    case source(String, name: String)
    case note(String)
    /// What the reader must know before trusting the rest.
    case warning(String)
}

/// A number with what it means.
public struct ReportCard: Sendable, Equatable {
    /// What the number is.
    public var title: String
    /// The number, as people read it.
    public var value: String
    /// What qualifies the number, such as its interval; may be empty.
    public var detail: String

    /// Makes a card.
    public init(_ title: String, _ value: String, detail: String = "") {
        self.title = title
        self.value = value
        self.detail = detail
    }
}

/// A picture with its caption.
public struct ReportPicture: Sendable, Equatable {
    /// What the picture shows.
    public var caption: String
    /// The picture.
    public var picture: PNGPicture

    /// Makes a picture with its caption.
    public init(_ caption: String, _ picture: PNGPicture) {
        self.caption = caption
        self.picture = picture
    }
}

/// A name and a value.
public struct ReportSetting: Sendable, Equatable {
    /// The name of the value.
    public var name: String
    /// The value, as people read it.
    public var value: String

    /// Makes a pair of name and value.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
