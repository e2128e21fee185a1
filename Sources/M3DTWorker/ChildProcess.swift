import Foundation

/// A process that was started here, and this end of its three files.
///
/// As standard input it has a socket on which nothing is sent, so that it learns of our end; as standard output one on which
/// both sides speak; as standard error one for words. It leads a process group of its own: Ctrl-C at the terminal is for
/// us alone, and whatever it has started ends with it.
public final class ChildProcess {
    /// Our end of the socket; reading and writing never wait.
    public let socket: Int32
    /// Our end of its standard error; reading never waits.
    public let words: Int32
    private let life: Int32
    private let identifier: pid_t
    /// What `waitpid` has said, once the process has ended.
    private var status: Int32?
    /// Our ends of the files are closed, and may not be used any more.
    private(set) var isClosed = false

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: The program, looked up on the path, and its arguments.
    ///   - variables: Of the environment, added or replaced.
    /// - Throws: ``WorkerError/notStarted(program:reason:)``.
    public init(command: [String], variables: [String: String]) throws {
        func failure() -> WorkerError { .notStarted(program: command[0], reason: String(cString: strerror(errno))) }
        guard let files = ChildFiles() else { throw failure() }
        defer { files.closeTheirs() }
        let environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        do {
            identifier = try Self.spawn(command, environment, files)
        } catch {
            files.closeOurs()
            throw error
        }
        (socket, words, life) = (files.ourSocket, files.ourWords, files.ourLife)
    }

    deinit { end(graceSeconds: 0) }

    /// Whether the process is still there.
    public var isRunning: Bool {
        if status != nil { return false }
        var raw: Int32 = 0
        let found = waitpid(identifier, &raw, WNOHANG)
        // Without such a child, somebody else was told how it ended.
        if found == identifier || (found == -1 && errno == ECHILD) { status = raw }
        return status == nil
    }

    /// The code that the process ended with; nothing while it runs and where a signal ended it.
    public var exitCode: Int32? { status.flatMap { $0 & 0x7f == 0 ? ($0 >> 8) & 0xff : nil } }

    /// How the process ended, as a part of a sentence.
    public var ending: String {
        guard let status else { return "closed its connection" }
        if status & 0x7f == 0 { return "ended with code \((status >> 8) & 0xff)" }
        return "was ended by signal \(status & 0x7f) (\(String(cString: strsignal(status & 0x7f))))"
    }

    /// Waits for the end of the process, for a little while.
    func wait(seconds: Double) {
        let limit = Date(timeIntervalSinceNow: seconds)
        while isRunning, Date() < limit { usleep(1000) }
    }

    /// Asks the process, politely, to stop.
    public func askToStop() {
        if isRunning { kill(identifier, SIGTERM) }
    }

    /// Closes the connection, gives the process some time to end by itself, then kills it.
    public func end(graceSeconds: Double) {
        guard !isClosed else { return }
        isClosed = true
        close(socket)
        wait(seconds: graceSeconds)
        kill(-identifier, SIGKILL)
        close(life)
        close(words)
        while isRunning { usleep(100) }
    }

    private static func spawn(
        _ command: [String], _ environment: [String: String], _ files: ChildFiles
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (number, file) in [files.theirLife, files.theirSocket, files.theirWords].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, file, Int32(number))
        }
        // Signals that are ignored here would be ignored there.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var identifier: pid_t = 0
        let failure = posix_spawnp(&identifier, command[0], &actions, &attributes, arguments, variables)
        guard failure == 0 else {
            throw WorkerError.notStarted(program: command[0], reason: String(cString: strerror(failure)))
        }
        return identifier
    }
}

/// Both ends of the three files of a process that is to be started.
///
/// None is inherited by processes that are started meanwhile: a second worker that held an end of the first's files would
/// keep it from noticing that the other end is closed.
private struct ChildFiles {
    let ourSocket, theirSocket, ourWords, theirWords, ourLife, theirLife: Int32

    /// Nothing where the system has no more files to give; `errno` says why.
    init?() {
        var socket: [Int32] = [-1, -1]
        var words: [Int32] = [-1, -1]
        var life: [Int32] = [-1, -1]
        let isMade = Self.makePair(&socket) && Self.makePair(&words) && Self.makePair(&life)
        (ourSocket, theirSocket) = (socket[0], socket[1])
        (ourWords, theirWords) = (words[0], words[1])
        (ourLife, theirLife) = (life[0], life[1])
        guard isMade, fcntl(ourWords, F_SETFL, O_NONBLOCK) == 0 else {
            let reason = errno
            closeOurs()
            closeTheirs()
            errno = reason
            return nil
        }
    }

    func closeOurs() { for file in [ourSocket, ourWords, ourLife] where file >= 0 { close(file) } }

    func closeTheirs() { for file in [theirSocket, theirWords, theirLife] where file >= 0 { close(file) } }

    private static func makePair(_ files: inout [Int32]) -> Bool {
        #if canImport(Darwin)
            guard socketpair(AF_UNIX, SOCK_STREAM, 0, &files) == 0 else { return false }
            var on: Int32 = 1
            setsockopt(files[0], SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
            return files.allSatisfy { fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }
        #else
            let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue
            return socketpair(AF_UNIX, Int32(kind), 0, &files) == 0
        #endif
    }
}
