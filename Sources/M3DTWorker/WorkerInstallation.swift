import Foundation

/// Where the workers' program and their packages are.
public struct WorkerInstallation: Sendable, Hashable {
    /// The Python file that a worker runs.
    public var program: URL
    /// The folder with a folder of packages for each group.
    public var packages: URL

    public init(program: URL, packages: URL) {
        self.program = program
        self.packages = packages
    }

    /// In the bundle, or in the folder that this package was built from, where `make worker` puts the packages.
    public static let standard = WorkerInstallation(
        program: Installation.root.appendingPathComponent("Worker/start.py"),
        packages: Installation.root.appendingPathComponent(".worker"))

    /// Whether a group of packages is installed; a worker still compares their versions with the pins.
    public func has(group: String) -> Bool { interpreter(of: group) != nil }

    /// The Python that a group was installed for.
    func interpreter(of group: String) -> String? {
        let file = packages.appendingPathComponent(group).appendingPathComponent("interpreter")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
