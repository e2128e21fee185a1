/// Why processes cannot train together, or no longer.
public enum RankError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A launcher has started several processes of a program that was built without MPI.
    case builtWithoutMPI(processes: Int)
    /// The launcher and the MPI library do not know each other.
    case otherLauncher(announced: Int, joined: Int)
    /// A launcher has started several processes of a command that is one process's work.
    case oneProcessOnly(command: String, processes: Int)
    /// Another rank cannot be reached.
    case lost(reason: String)
    /// The ranks do not hold the same.
    case apart(what: String)

    public var description: String {
        switch self {
        case .builtWithoutMPI(let processes):
            "this program was started as one of \(processes) processes, but it was built without MPI; build it with "
                + "swift build -c release --product m3dt --traits MPI (Debian: apt-get install libopenmpi-dev openmpi-bin pkg-config), "
                + "or start it without mpirun"
        case .otherLauncher(let announced, let joined):
            "\(announced) processes were started, but Open MPI knows of \(joined); start them with Open MPI's own mpirun"
        case .oneProcessOnly(let command, let processes):
            "\(command) is the work of one process, and \(processes) were started; start it without mpirun"
        case .lost(let reason):
            "another rank cannot be reached (\(reason)); see what it says; the last checkpoint is kept, "
                + "and the same command goes on from it"
        case .apart(let what):
            "the ranks do not have the same: \(what); all need the same program, data and run folder, and the same kind of "
                + "processor; the last checkpoint is kept"
        }
    }
}
