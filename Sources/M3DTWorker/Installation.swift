import Foundation

/// Where the files are that the program needs beside itself.
public enum Installation {
    /// The folder of a bundle, which its launcher names; nothing for a program that runs where it was built.
    public static let bundle = ProcessInfo.processInfo.environment["M3DT_BUNDLE"].map { URL(fileURLWithPath: $0) }

    /// The bundle, or the folder that this package was built from.
    static let root =
        bundle
        ?? URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
