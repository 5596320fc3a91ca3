#!/bin/sh
# The share of the lines of every library module that the tests run, in percent.
#
#   scripts/coverage.sh [--filter NAME]
#
# Builds and runs all tests with coverage in a folder of its own; needs some 30 minutes on two cores. Counted are lines of
# Swift in Sources, Agents and Environments, but for the programs rl-train, relax-lab and rl-bench. What the tests run as
# programs counts where the program ends by itself.
set -eu
cd "$(dirname "$0")/.."
build=.build-coverage
# Profiles are read by the LLVM that wrote them: the tools beside `swift`.
PATH=$(dirname "$(readlink -f "$(command -v swift)")"):$PATH
swift build -c release -Xswiftc -enable-testing --scratch-path $build --enable-code-coverage --build-tests
profiles=$(mktemp -d)
trap 'rm -rf "$profiles"' EXIT
# Each process writes its own counts: the tests, and every program that they start. What an earlier run left goes.
find $build -name '*.profraw' -delete
LLVM_PROFILE_FILE="$profiles/%p.profraw" swift test -c release -Xswiftc -enable-testing --scratch-path $build \
  --enable-code-coverage --skip-build --disable-xctest "$@" || echo "Some tests failed; what ran is counted." >&2
# As `swift test` sets a place of its own for its process, those are taken along.
find "$profiles" $build -name '*.profraw' > "$profiles/list"
# A process that was killed leaves a file without a header; without the mode it would spoil all.
llvm-profdata merge -sparse -failure-mode=all -f "$profiles/list" -o "$profiles/all.profdata"
bundle=$(find -L $build/release -maxdepth 1 -name '*.xctest' -o -maxdepth 1 -name '*-test-runner' | head -1)
llvm-cov export -format=lcov -instr-profile "$profiles/all.profdata" "$bundle" \
  -object $build/release/rl-train -object $build/release/relax-lab |
  awk -v root="$PWD/" '
    /^SF:/ {
      name = substr($0, 4); module = ""
      if (index(name, root) == 1) {
        split(substr(name, length(root) + 1), part, "/")
        if (part[1] == "Sources") module = part[2]
        if (part[1] == "Agents" || part[1] == "Environments") module = part[1]
        if (module == "rl-train" || module == "relax-lab" || module == "rl-bench" || module ~ /^C[A-Z]/) module = ""
      }
      next
    }
    /^DA:/ && module != "" {
      split(substr($0, 4), item, ","); key = name ":" item[1]
      if (!(key in seen)) { lines[module]++; seen[key] = 0; of[key] = module }
      if (item[2] > 0) seen[key] = 1
    }
    END {
      for (key in seen) if (seen[key]) run[of[key]]++
      for (module in lines) printf "%5.1f %%  %6d lines  %s\n", 100 * run[module] / lines[module], lines[module], module
    }' | sort -k4
