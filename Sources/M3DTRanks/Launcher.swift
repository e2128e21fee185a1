import Foundation

#if MPI
    import CMPI
#endif

/// Joins the processes that `mpirun` or a cluster's own launcher has started.
public enum Launcher {
    /// The ranks of the run that this process is one of; one process where nobody has started several.
    ///
    /// MPI is touched only where there are several. ``leave()`` or ``end(with:)`` comes before the program ends.
    /// - Throws: ``RankError`` where the program was built without MPI, or is started by another kind of MPI.
    public static func join(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> any RankGroup {
        let announced = processes(environment)
        guard announced > 1 else { return OneProcess() }
        #if MPI
            let ranks = try MPIRanks()
            guard ranks.count == announced else {
                throw RankError.otherLauncher(announced: announced, joined: ranks.count)
            }
            return ranks
        #else
            throw RankError.builtWithoutMPI(processes: announced)
        #endif
    }

    /// Checks that this process is alone, for what only one can do.
    ///
    /// - Throws: ``RankError/oneProcessOnly(command:processes:)``.
    public static func checkAlone(
        _ command: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let announced = processes(environment)
        guard announced == 1 else { throw RankError.oneProcessOnly(command: command, processes: announced) }
    }

    /// Takes leave of the other ranks, which do so too.
    public static func leave(_ ranks: any RankGroup) {
        #if MPI
            if ranks is MPIRanks { _ = m3dt_mpi_finish() }
        #endif
    }

    /// Ends all ranks; the launcher returns the code.
    public static func end(_ ranks: any RankGroup, with code: Int32) -> Never {
        #if MPI
            if ranks is MPIRanks { m3dt_mpi_abort(code) }
        #endif
        exit(code)
    }

    /// What launchers tell each process: Open MPI's, those with MPICH's protocol, Slurm's.
    private static let variables = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"]

    /// The number of processes that were started together; the first variable that is set counts.
    static func processes(_ environment: [String: String]) -> Int {
        variables.lazy.compactMap { environment[$0].flatMap { Int($0) } }.first ?? 1
    }
}
