#!/bin/sh
# Writes the help texts that the tests compare word for word (Tests/RelaxRLTests/Golden/Help) anew.
#
#   scripts/help-texts.sh [FOLDER]      FOLDER has the built programs; by default .build/release
set -eu
cd "$(dirname "$0")/.."
programs=$(realpath "${1:-.build/release}")
unset COLUMNS

# The help of a command and of all commands below it.
describe() {
  echo "\$ $* --help"
  program=$1; shift
  text=$("$programs/$program" "$@" --help)
  printf '%s\n' "$text"
  printf '%s\n' "$text" | sed -n '/^SUBCOMMANDS:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' |
    while read -r name; do (describe "$program" "$@" "$name"); done
}

mkdir -p Tests/RelaxRLTests/Golden/Help
for program in rl-train relax-lab rl-bench; do
  describe "$program" > "Tests/RelaxRLTests/Golden/Help/$program.txt"
done
