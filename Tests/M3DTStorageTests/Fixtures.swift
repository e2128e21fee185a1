import Foundation

/// The files that are kept for the tests.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    /// A file that `Fixtures/pytorch/make_archives.py` made.
    static func pyTorch(_ name: String) -> URL { folder.appendingPathComponent("pytorch/\(name).pt") }
}
