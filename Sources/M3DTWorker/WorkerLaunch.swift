import Foundation

/// What kind of worker is started.
///
/// Two workers of equal launches can stand in for each other.
public struct WorkerLaunch: Sendable, Hashable {
    /// Which requests the worker answers.
    public enum Role: String, Sendable, Codable {
        case environments, formats
    }

    public var role: Role
    /// The groups of pinned packages on its path. With a group, a worker sees them and the standard library alone.
    public var groups: [String]
    /// A Python of the user's own, with its packages. Default: the one that the first group was installed for, else
    /// `python3`.
    public var python: String?
    /// Folders that are put on the path before everything else.
    public var paths: [String]
    /// Variables of the environment that are added, or replaced.
    public var variables: [String: String]
    /// How long starting may take, imports included, in seconds. Default: 120, for a busy machine with a slow disk.
    public var startLimitSeconds: Double = 120
    public var installation: WorkerInstallation

    public init(
        role: Role, groups: [String] = [], python: String? = nil, paths: [String] = [],
        variables: [String: String] = [:], installation: WorkerInstallation = .standard
    ) {
        self.role = role
        self.groups = groups
        self.python = python
        self.paths = paths
        self.variables = variables
        self.installation = installation
    }

    /// Checks that everything is there that a worker of this kind needs, without starting one.
    ///
    /// - Throws: ``WorkerError/notInstalled(group:)``, ``WorkerError/noProgram(path:)``.
    public func check() throws { _ = try command() }

    /// The program and its arguments.
    ///
    /// - Throws: ``WorkerError/notInstalled(group:)``, ``WorkerError/noProgram(path:)``.
    func command() throws -> [String] {
        guard FileManager.default.fileExists(atPath: installation.program.path) else {
            throw WorkerError.noProgram(path: installation.program.path)
        }
        // Isolated from the user's settings; with groups of our own, from installed packages as well.
        return [try interpreter(), "-I", "-B"] + (groups.isEmpty ? [] : ["-S"]) + [installation.program.path]
    }

    private func interpreter() throws -> String {
        var found = python ?? "python3"
        for group in groups.reversed() {
            guard let interpreter = installation.interpreter(of: group) else {
                throw WorkerError.notInstalled(group: group)
            }
            if python == nil { found = interpreter }
        }
        return found
    }

    /// The first request to a worker.
    struct Greeting: Encodable {
        let `protocol`: Int
        let role: Role
        let groups: [String]
        let packages: String
        let paths: [String]
    }

    var greeting: Greeting {
        Greeting(
            protocol: WorkerConnection.protocolVersion, role: role, groups: groups,
            packages: installation.packages.path, paths: paths)
    }
}
