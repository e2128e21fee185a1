import Foundation

/// A fresh folder that is removed with the object.
public final class TemporaryFolder: Sendable {
    public let url: URL

    /// - Throws: What the file manager throws.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("m3dt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Something in the folder.
    public subscript(name: String) -> URL { url.appendingPathComponent(name) }

    /// The path of something in the folder.
    public func path(_ name: String) -> String { self[name].path }

    /// Makes a file with the given bytes.
    ///
    /// - Throws: What writing throws.
    public func file(_ name: String, holding bytes: some Sequence<UInt8>) throws -> URL {
        try Data(bytes).write(to: self[name])
        return self[name]
    }

    /// The names of all that is in the folder, hidden ones too.
    public var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
    }

    /// The same, and what is in folders inside it.
    public var contents: [String] {
        get throws { try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted() }
    }
}

/// Runs a test with a fresh folder and removes the folder afterwards.
///
/// - Throws: What the test throws.
@discardableResult
public func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    return try withExtendedLifetime(folder) { try body(folder.url) }
}

/// The same for tests that wait.
///
/// - Throws: What the test throws.
public func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try await body(folder.url)
}
