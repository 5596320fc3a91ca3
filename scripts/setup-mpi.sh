#!/bin/sh
# Makes sure that MPI is there: `mpicc` and `mpirun`, of any implementation. On Debian and Ubuntu it installs Open MPI where
# both are missing; elsewhere it says what to do and stops. With --no-install it installs nothing.
#
# It writes a pkg-config file with the flags of the `mpicc` that is found, in the folder that it prints, so that the
# package is built with the MPI whose `mpirun` will start it, also where a module of a cluster brings it:
#
#   PKG_CONFIG_PATH=$(scripts/setup-mpi.sh) swift build -c release --traits MPI --scratch-path .build-mpi
set -eu
cd "$(dirname "$0")/.."

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}
present() { command -v mpicc >/dev/null 2>&1 && command -v mpirun >/dev/null 2>&1; }

if ! present; then
  [ "${1:-}" != --no-install ] || fail "There is no MPI here: mpicc and mpirun are not both found."
  command -v apt-get >/dev/null 2>&1 ||
    fail "mpicc and mpirun are missing. Load the cluster's module for MPI (such as \`module load openmpi\`)," \
      "or install Open MPI or MPICH with its C headers, and try again."
  root=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "As root: apt-get install libopenmpi-dev openmpi-bin"
    # Without a terminal nobody could type a password.
    if [ -t 0 ]; then root="sudo"; else root="sudo -n"; fi
  fi
  echo "Installing libopenmpi-dev openmpi-bin" >&2
  apt() { $root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >&2; }
  apt update || echo "The package lists could not be brought up to date; trying all the same." >&2
  apt install -y --no-install-recommends libopenmpi-dev openmpi-bin ||
    fail "The installation failed. By hand: sudo apt-get install libopenmpi-dev openmpi-bin"
  present || fail "Installed, but mpicc and mpirun are still not found."
fi

# Both implementations print the compiler's command line; the package manager takes these flags of it alone.
includes=""
libraries=""
for word in $(mpicc -show); do
  case $word in
    -I*) includes="$includes $word" ;;
    -L* | -l*) libraries="$libraries $word" ;;
  esac
done
folder=$PWD/.build-mpi/pkgconfig
mkdir -p "$folder"
cat >"$folder/mpi-c.pc.new" <<PACKAGE
Name: mpi-c
Description: the MPI of $(command -v mpicc)
Version: 3
Cflags:$includes
Libs:$libraries
PACKAGE
# Unchanged where it can be, as the build looks at it.
if cmp -s "$folder/mpi-c.pc.new" "$folder/mpi-c.pc"; then
  rm "$folder/mpi-c.pc.new"
else
  mv "$folder/mpi-c.pc.new" "$folder/mpi-c.pc"
fi
echo "$folder${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
