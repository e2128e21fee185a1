import Testing

@testable import M3DTRanks

@Suite struct LauncherTests {
    @Test(
        arguments: [
            ([:], 1),
            (["OMPI_COMM_WORLD_SIZE": "4"], 4),
            (["PMI_SIZE": "3"], 3),
            (["SLURM_STEP_NUM_TASKS": "2"], 2),
            // mpirun inside of a job of Slurm's: what mpirun says counts.
            (["SLURM_STEP_NUM_TASKS": "2", "OMPI_COMM_WORLD_SIZE": "8"], 8),
            (["SLURM_STEP_NUM_TASKS": "8", "OMPI_COMM_WORLD_SIZE": "1"], 1),
            (["PMI_SIZE": "many"], 1),
        ] as [([String: String], Int)])
    func launchersSayHowManyTheyStarted(environment: [String: String], count: Int) {
        #expect(Launcher.processes(environment) == count)
    }

    @Test func whoIsAloneIsOneProcess() throws {
        #expect(try Launcher.join(environment: [:]) is OneProcess)
        #expect(try Launcher.join(environment: ["OMPI_COMM_WORLD_SIZE": "1"]) is OneProcess)
        try Launcher.checkAlone("m3dt demo", environment: [:])
    }

    #if !MPI
        @Test func severalProcessesNeedAProgramWithMPI() {
            #expect(throws: RankError.builtWithoutMPI(processes: 2)) {
                try Launcher.join(environment: ["OMPI_COMM_WORLD_SIZE": "2"])
            }
        }
    #endif

    @Test func whatOneProcessDoesIsNotDoneTwice() {
        #expect(throws: RankError.oneProcessOnly(command: "m3dt demo", processes: 2)) {
            try Launcher.checkAlone("m3dt demo", environment: ["OMPI_COMM_WORLD_SIZE": "2"])
        }
    }

    @Test(
        arguments: [
            (
                .builtWithoutMPI(processes: 2),
                "this program was started as one of 2 processes, but it was built without MPI; build it with "
                    + "swift build -c release --product m3dt --traits MPI (Debian: apt-get install libopenmpi-dev "
                    + "openmpi-bin pkg-config), or start it without mpirun"
            ),
            (
                .otherLauncher(announced: 2, joined: 1),
                "2 processes were started, but Open MPI knows of 1; start them with Open MPI's own mpirun"
            ),
            (
                .oneProcessOnly(command: "m3dt demo", processes: 2),
                "m3dt demo is the work of one process, and 2 were started; start it without mpirun"
            ),
            (
                .lost(reason: "the wire is cut"),
                "another rank cannot be reached (the wire is cut); see what it says; the last checkpoint is kept, and the "
                    + "same command goes on from it"
            ),
            (
                .apart(what: "the weights"),
                "the ranks do not have the same: the weights; all need the same program, data and run folder, and the "
                    + "same kind of processor; the last checkpoint is kept"
            ),
        ] as [(RankError, String)])
    func everyErrorNamesTheThingAndTheRemedy(error: RankError, text: String) {
        #expect(error.description == text)
    }
}
