#!/bin/sh
# Makes .venv with the Python packages that the scripts need, at pinned versions.
# Usage: scripts/python-env.sh [--reference]; the option adds what regenerates reference values.
set -eu
cd "$(dirname "$0")/.."

if ! command -v python3 >/dev/null 2>&1; then
  echo "python3 is missing. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
  exit 1
fi
if [ ! -x .venv/bin/python ]; then
  if ! python3 -m venv .venv; then
    rm -rf .venv
    echo "python3 has no venv module. On Debian or Ubuntu: apt-get install python3-venv" >&2
    exit 1
  fi
fi
.venv/bin/pip install --quiet --disable-pip-version-check -r scripts/requirements.txt
.venv/bin/pip install --quiet --disable-pip-version-check -r scripts/requirements-simulators.txt ||
  echo "Box2D or MuJoCo could not be had; the tests with them will be skipped." >&2
if [ "${1:-}" = "--reference" ]; then
  .venv/bin/pip install --quiet --disable-pip-version-check -r scripts/requirements-reference.txt
fi
echo ".venv is ready: $(.venv/bin/python --version)"
