#!/bin/sh
# Runs a program on some ranks of this machine alone, as tests do: as root too, and on more ranks than there are
# cores. With LOOPBACK=1 the ranks speak over TCP through the loopback interface instead of shared memory.
#
#   scripts/mpi-local.sh RANKS PROGRAM [ARGUMENT …]
set -eu
[ $# -ge 2 ] || {
  echo "usage: scripts/mpi-local.sh RANKS PROGRAM [ARGUMENT …]" >&2
  exit 64
}
command -v mpirun >/dev/null 2>&1 || {
  echo "mpirun is not found. scripts/setup-mpi.sh installs it, or says what to do." >&2
  exit 1
}
ranks=$1
shift
# Of Open MPI 4 and 5; MPICH asks nothing of the kind.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none
if [ "${LOOPBACK:-0}" = 1 ]; then
  export OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
  export MPIR_CVAR_NOLOCAL=1 FI_PROVIDER=tcp FI_TCP_IFACE=lo
fi
exec mpirun -n "$ranks" "$@" </dev/null
