// The parts of MPI that the module MPI uses, of any implementation: in Open MPI a communicator is a pointer, in
// MPICH a number. The flags of the compiler and the linker are those of the pkg-config package `mpi-c`.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

// MPI_COMM_WORLD is a macro that casts the address of a variable (Open MPI) or a number (MPICH), and Swift imports
// no macros with casts. So are the others below.
static inline MPI_Comm relaxrl_mpi_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype relaxrl_mpi_byte(void) { return MPI_BYTE; }
static inline MPI_Request relaxrl_mpi_no_request(void) { return MPI_REQUEST_NULL; }
static inline MPI_Errhandler relaxrl_mpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Status *relaxrl_mpi_no_status(void) { return MPI_STATUS_IGNORE; }
