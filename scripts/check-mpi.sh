#!/usr/bin/env bash
# Trains on several ranks of this machine and compares every byte with one process.
#
#   scripts/check-mpi.sh               equal bytes, errors, signals, on 2 and 4 ranks over TCP through the loopback interface
#   scripts/check-mpi.sh signals       the last of these alone
#   scripts/check-mpi.sh matrix        four agents, 512 environments, {1, 2, 4, 8} ranks × {1, 2} threads
#   scripts/check-mpi.sh kills [N]     kills a rank at a random time, N times, and goes on with another number of ranks
#
# It builds rl-train with the trait, or takes the program that RELAXRL_MPI_PROGRAM names.
# Without MPI it says so and does nothing, so that it can be part of any check.
set -euo pipefail
cd "$(dirname "$0")/.."

pkg_config=$(scripts/setup-mpi.sh --no-install) || {
  echo "Runs on several ranks are not checked. \`make mpi\` installs MPI."
  exit 0
}
program=${RELAXRL_MPI_PROGRAM:-}
if [ -z "$program" ]; then
  PKG_CONFIG_PATH=$pkg_config swift build -c release --traits MPI --scratch-path .build-mpi --product rl-train >&2
  program=$PWD/.build-mpi/release/rl-train
fi
launch=$PWD/scripts/mpi-local.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

failures=0
passed() { echo "ok    $1"; }
failed() {
  echo "FAILS $1"
  failures=$((failures + 1))
  [ ! -s errors ] || sed 's/^/        /' errors | head -n 20
}
check() { # what holds, then a command that says whether it does
  local claim=$1
  shift
  if "$@"; then passed "$claim"; else failed "$claim"; fi
}

# Trains alone, or on some ranks; standard error goes to the file `errors`.
train() { # ranks, run folder, arguments
  local ranks=$1 run=$2
  shift 2
  rm -rf "$run"
  if [ "$ranks" = 1 ]; then
    "$program" "$@" --run-dir "$run" --quiet >output 2>errors
  else
    "$launch" "$ranks" "$program" "$@" --run-dir "$run" --quiet >output 2>errors
  fi
}
# What of a run must be the same: parameters, tables, checkpoint.
digest() {
  (cd "$1" && sha256sum progress.csv episodes.csv checkpoints/last.safetensors &&
    sed -n 's/.*"parameters_sha256": *"\([0-9a-f]*\)".*/\1/p' summary.json) 2>&1
}
same() { [ "$(digest "$1")" = "$(digest "$2")" ]; }
# Whether a command ends with a code and a message, once.
refuses() { # code, text, command …
  local code=0 expected=$1 text=$2
  shift 2
  timeout 60 "$@" >output 2>errors || code=$?
  [ "$code" = "$expected" ] && [ "$(grep -c -- "$text" errors)" = 1 ]
}
common=(--env cartpole --seed 3 --no-stop-when-solved)
small=("${common[@]}" --agent a2c --envs 16 --set envs_per_shard=4 --steps 20000)

quick() {
  export LOOPBACK=1
  local name ranks
  while read -r name arguments; do
    # shellcheck disable=SC2086 # words of a list
    train 1 "$name-1" "${common[@]}" $arguments
    for ranks in 2 4; do
      # shellcheck disable=SC2086
      train "$ranks" "$name-$ranks" "${common[@]}" $arguments || true
      check "$name: $ranks ranks have the bytes of one process" same "$name-1" "$name-$ranks"
    done
  done <<'RUNS'
a2c --agent a2c --envs 16 --set envs_per_shard=4 --steps 40000 --set normalize_observations=true
relax --agent relax-a2c --envs 16 --set envs_per_shard=4 --steps 20000 --set control_variate.scope=parameters
ppo --agent ppo --envs 16 --set envs_per_shard=4 --steps 20000
es --agent es --envs 16 --set envs_per_shard=4 --steps 40000
episodes --agent reinforce --envs 16 --set envs_per_shard=4 --steps 20000 --threads 2
evaluated --agent a2c --envs 16 --set envs_per_shard=4 --steps 20000 --eval-every 4000
RUNS
  # Control: the comparison sees a difference.
  train 2 other "${small[@]}" --seed 4
  train 1 small "${small[@]}"
  check "another seed has other bytes" eval '! same other small'

  local piped=(--env-command "$program serve-env --env cartpole" --agent a2c --envs 8
    --set envs_per_shard=2 --seed 3 --steps 2000 --no-stop-when-solved)
  train 1 piped-1 "${piped[@]}"
  train 2 piped-2 "${piped[@]}" || true
  check "environments in other programs: the bytes of one process" same piped-1 piped-2

  check "three ranks are refused" refuses 64 "1, 2 or 4 ranks" \
    "$launch" 3 "$program" "${small[@]}" --run-dir no
  check "an agent with one shard is refused" refuses 64 "ddpg learns in one process" \
    "$launch" 2 "$program" --agent ddpg --env pendulum --run-dir no
  check "a mistake is told once" refuses 64 "Did you mean" \
    "$launch" 2 "$program" --agent a2cc --env cartpole --run-dir no
  check "ranks with other flags are refused" refuses 64 "rank 1 has" \
    "$launch" 1 "$program" "${small[@]}" --run-dir no : -n 1 "$program" "${small[@]}" --seed 5 --run-dir no
  check "a folder that exists is refused" refuses 64 "small" \
    "$launch" 2 "$program" "${small[@]}" --run-dir small
  check "experiments are refused" refuses 64 "makes several runs" \
    "$launch" 2 "$program" experiment --agents a2c --envs cartpole --seeds 1-2 --out no
  check "none of them made a folder" test ! -e no

  failing
  stopping
}

# An environment that fails on rank 1 alone.
failing() {
  cat >failing.py <<'PYTHON'
import os, subprocess, sys
# The last shard's process, which is on the last rank, fails after some steps.
sys.stdout.flush()
process = subprocess.Popen([sys.argv[1], "serve-env", "--env", "cartpole"], stdin=sys.stdin, stdout=sys.stdout)
if os.environ.get("OMPI_COMM_WORLD_RANK", os.environ.get("PMI_RANK")) == "1":
    try:
        sys.exit(process.wait(2))
    except subprocess.TimeoutExpired:
        process.kill()
        sys.exit(3)
sys.exit(process.wait())
PYTHON
  local run=(--env-command "python3 $PWD/failing.py $program" --strict --agent a2c --envs 8
    --set envs_per_shard=2 --seed 3 --steps 10000000 --set checkpoint_interval=200 --no-stop-when-solved)
  check "an environment that fails on rank 1 ends all, with one message" refuses 1 "Rank 1 on " \
    "$launch" 2 "$program" "${run[@]}" --run-dir failing --quiet
  check "and the message names the last good checkpoint" grep -q "the last good checkpoint is in" errors
  local steps
  steps=$(sed -n 's/.*checkpoints, of step \([0-9]*\).*/\1/p' errors)
  check "from which the run goes on" "$program" resume failing --steps "$((steps + 400))" --quiet \
    --env-command "$program serve-env --env cartpole"
}

# Waits until a run has begun to train.
begun() {
  local try
  for try in $(seq 1 600); do
    [ ! -d "$1/tensorboard" ] || return 0
    sleep 0.05
  done
  return 1
}

stopping() {
  # Steps without end: whatever the machine's speed, the signal finds the job at work. Rates that do not fall, so that
  # how many steps were meant to come changes nothing. Large updates: over TCP, four ranks on fewer cores, an exchange
  # takes long.
  local long=("${common[@]}" --agent a2c --envs 256 --set envs_per_shard=64
    --set learning_rate=0.005 --set value.learning_rate=0.015
    --set checkpoint_interval=200000 --set progress_interval=100000)
  local signal run steps
  for signal in INT TERM; do
    run=stopped-$signal
    # Seconds that Open MPI's mpirun waits before it tells the ranks, and again before it kills them.
    OMPI_MCA_odls_base_sigkill_timeout=2 "$launch" 2 "$program" "${long[@]}" --steps 10000000000 \
      --run-dir "$run" >/dev/null 2>job &
    local job=$!
    check "a run on two ranks begins" begun "$run"
    check "a folder that another job writes is refused" refuses 1 "is being written by another process" \
      "$launch" 2 "$program" resume "$run"
    kill -s "$signal" "$job"
    wait "$job" || true
    check "SIG$signal saves first" grep -q "Interrupted and saved" job
    steps=$(sed -n 's/.*Interrupted and saved after \([0-9,]*\) steps.*/\1/p' job | tr -d ,)
    steps=$((${steps:-0} + 100000))
    "$launch" 4 "$program" resume "$run" --steps "$steps" --quiet >output 2>errors || true
    train 1 "alone-$signal" "${long[@]}" --steps "$steps"
    check "and the run goes on with 4 ranks to the same bytes" same "alone-$signal" "$run"
  done
}

matrix() {
  local name arguments ranks threads reference
  while read -r name arguments; do
    for ranks in 1 2 4 8; do
      for threads in 1 2; do
        # shellcheck disable=SC2086
        train "$ranks" "$name-$ranks-$threads" --seed 3 --no-stop-when-solved --envs 512 --threads "$threads" $arguments || true
        [ "$ranks$threads" != 11 ] || reference=$name-1-1
        check "$name: $ranks ranks × $threads threads $(digest "$name-$ranks-$threads" | tail -n 1 | cut -c 1-16)" \
          same "$reference" "$name-$ranks-$threads"
      done
    done
  done <<'RUNS'
a2c --agent a2c --env cartpole --steps 200000
relax-a2c --agent relax-a2c --env cartpole --steps 100000 --set control_variate.scope=parameters --set control_variate.objective=variance
relax-ddpg --agent relax-ddpg --env pendulum --steps 100000
ppo --agent ppo --env cartpole --steps 200000
RUNS
}

kills() {
  local number long=("${common[@]}" --agent a2c --envs 64 --set envs_per_shard=8 --steps 1500000
    --set checkpoint_interval=50000)
  RANDOM=1
  train 1 long "${long[@]}"
  for number in $(seq 1 "$1"); do
    local ranks=$((2 << (RANDOM % 3))) others run=killed-$number
    others=$((ranks == 8 ? 2 : ranks * 2))
    rm -rf "$run"
    "$launch" "$ranks" "$program" "${long[@]}" --run-dir "$run" --quiet >output 2>errors &
    local job=$! start end
    check "run $number begins" begun "$run"
    sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
    # The ranks are the children of this job's mpirun, or of what it starts.
    local victims
    victims=($(descendants "$job"))
    [ ${#victims[@]} = 0 ] || kill -KILL "${victims[$((RANDOM % ${#victims[@]}))]}" 2>/dev/null || true
    start=$(date +%s%N)
    wait "$job" || true
    end=$(date +%s%N)
    [ ! -e "$run/summary.json" ] || echo "      (run $number was over before the kill)"
    "$launch" "$others" "$program" resume "$run" --quiet >output 2>errors || true
    check "kill $number of $ranks ranks, over in $(((end - start) / 1000000)) ms, resumed on $others: the same bytes" \
      same long "$run"
  done
}
# The rl-train processes below a process.
descendants() {
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
    if [ "$(cat "/proc/$child/comm" 2>/dev/null)" = rl-train ]; then echo "$child"; else descendants "$child"; fi
  done
}

case ${1:-quick} in
  quick) quick ;;
  signals)
    export LOOPBACK=1
    stopping
    ;;
  matrix) matrix ;;
  kills) kills "${2:-20}" ;;
  *)
    echo "usage: scripts/check-mpi.sh [signals|matrix|kills [N]], but not '$1'" >&2
    exit 64
    ;;
esac
[ "$failures" = 0 ] || {
  echo "$failures checks of runs on several ranks fail."
  exit 1
}
echo "Runs on several ranks are as they should be."
