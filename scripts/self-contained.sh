#!/bin/sh
# Builds the programs so that they run without Swift: its runtime, GSL and zlib are inside. What is left outside
# is the C and C++ library of the system, so they run on systems whose glibc is not older than this one's.
#
#   scripts/self-contained.sh          builds rl-train and relax-lab in .build-static/release
#
# Without `swift`, as root often is, it takes what was built before.
set -eu
cd "$(dirname "$0")/.."
build=.build-static
programs="rl-train relax-lab"

if command -v swift >/dev/null 2>&1; then
  compiler=$(command -v clang || command -v cc || command -v gcc)
  # A folder with static libraries alone, which the linker looks into first.
  mkdir -p "$build/libraries"
  for library in gsl gslcblas z; do
    archive=$("$compiler" -print-file-name="lib$library.a")
    [ -f "$archive" ] || {
      echo "lib$library.a is missing. On Debian or Ubuntu: apt-get install libgsl-dev zlib1g-dev" >&2
      exit 1
    }
    ln -sf "$(realpath "$archive")" "$build/libraries/lib$library.a"
  done
  for program in $programs; do
    swift build -c release --scratch-path "$build" --static-swift-stdlib --product "$program" \
      -Xlinker -L"$PWD/$build/libraries" -Xlinker -s >&2
  done
fi

for program in $programs; do
  path=$build/release/$program
  [ -x "$path" ] || {
    echo "$path is not there, and there is no \`swift\` to build it. First, as a user who has it: make dist" >&2
    exit 1
  }
  # Nothing of Swift's, nothing that is not found, and it runs where nothing is set.
  if ldd "$path" | grep -E 'swift|Foundation|gsl|libz\.|not found' >&2; then
    echo "$path still needs the libraries above." >&2
    exit 1
  fi
  env -i "$path" --version >/dev/null
done
