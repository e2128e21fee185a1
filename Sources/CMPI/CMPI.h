// What M3DT needs of MPI, as functions: Swift does not see MPI's own names, which are macros.
//
// Every function but the last two returns 0, or an error code of MPI's.
#ifndef M3DT_MPI_H
#define M3DT_MPI_H

#include <mpi.h>
#include <stdlib.h>

static inline int m3dt_mpi_start(int *rank, int *count) {
    int threads, error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &threads);
    // Errors come back as codes rather than ending the program.
    if (!error) error = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (!error) error = MPI_Comm_rank(MPI_COMM_WORLD, rank);
    return error ? error : MPI_Comm_size(MPI_COMM_WORLD, count);
}

// Replaces numbers by their sums over all processes.
static inline int m3dt_mpi_sum_floats(float *numbers, int count) {
    return MPI_Allreduce(MPI_IN_PLACE, numbers, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
}

static inline int m3dt_mpi_sum_doubles(double *numbers, int count) {
    return MPI_Allreduce(MPI_IN_PLACE, numbers, count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}

static inline int m3dt_mpi_finish(void) { return MPI_Finalize(); }

// The text of an error code; `text` has room for M3DT_MPI_TEXT characters.
enum { M3DT_MPI_TEXT = MPI_MAX_ERROR_STRING };
static inline void m3dt_mpi_text(int error, char *text) {
    int length;
    if (MPI_Error_string(error, text, &length)) text[0] = 0;
}

// Ends all processes; the launcher returns the code.
static inline void m3dt_mpi_abort(int code) {
    MPI_Abort(MPI_COMM_WORLD, code);
    exit(code);
}

#endif
