#!/bin/sh
# Writes the digests of Tests/RelaxRLTests/Golden/parameters.txt anew, for a change that is meant to move
# them; say in that file which and why.
#
#   scripts/parameter-digests.sh [PROGRAM]      by default the rl-train that `make build` builds
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "${1:-.build/release/rl-train}")
list=$PWD/Tests/RelaxRLTests/Golden/parameters.txt
simulators=$PWD/Tests/EnvironmentsTests/Simulators
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
glibc=$(getconf GNU_LIBC_VERSION | cut -d ' ' -f 2)
while IFS= read -r line; do
  case $line in
    '# glibc '*) echo "# glibc $glibc"; continue ;;
    '#'*) echo "$line"; continue ;;
  esac
  set --
  for word in ${line#* }; do
    case $word in
      MASKED) word="python3 $simulators/masked.py" ;;
      LOSING) word="env BAD_ONCE=crashed python3 $simulators/bad.py exit 40" ;;
    esac
    set -- "$@" "$word"
  done
  rm -rf run crashed
  digest=$("$program" "$@" --no-stop-when-solved --json --quiet --run-dir run 2>/dev/null | tail -1 |
    sed 's/.*"parameters_sha256":"\(.\{16\}\).*/\1/')
  echo "$digest  ${line#*  }"
done <"$list" >new.txt
cp new.txt "$list"
