#!/bin/sh
# Runs the kernels and short trainings of every agent, with two threads, under clang's sanitizers:
#
#   undefined   undefined behaviour and memory errors in the C kernels, at every width
#   address     memory errors in whole trainings
#   thread      data races in whole trainings
#
#   scripts/sanitize.sh [undefined|address|thread …]      by default all three
#
# Each build has a folder of its own (.build-address, .build-thread), so that a second run compiles
# nothing. It takes about fifteen minutes on two cores the first time.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

kernels() {
  clang -O1 -g -w -fuse-ld=lld -fsanitize=address,undefined -fno-sanitize-recover=all -DCK_EMULATE_512 \
    -ISources/CKernels/include Tests/KernelBits/kernel_bits.c Sources/CKernels/*.c \
    -o "$folder/kernels" -lm
  for bits in 128 256 512; do
    code=0
    RELAXRL_VECTOR_BITS=$bits "$folder/kernels" >/dev/null || code=$?
    # 77: a processor without that width.
    [ "$code" -eq 0 ] || [ "$code" -eq 77 ] || exit "$code"
    echo "undefined, address: kernels of $bits bits: $([ "$code" -eq 0 ] && echo clean || echo not to be had)"
  done
}

trainings() { # address or thread
  swift build -c release --sanitize "$1" --scratch-path ".build-$1" --product rl-train
  for run in 'a2c cartpole' 'relax-a2c cartpole' 'reinforce cartpole' 'relax-ddpg pendulum' \
    'ddpg pendulum'; do
    agent=${run% *}
    environment=${run#* }
    ASAN_OPTIONS=halt_on_error=1:detect_leaks=0 TSAN_OPTIONS=halt_on_error=1 \
      ".build-$1/release/rl-train" --agent "$agent" --env "$environment" --seed 1 --envs 8 \
      --threads 2 --steps 3000 --no-stop-when-solved --quiet --run-dir "$folder/$1-$agent" \
      $([ "$agent" = ddpg ] && echo --set learning_starts=500 || echo --set envs_per_shard=2)
    echo "$1: $agent on $environment: clean"
  done
}

for kind in ${*:-undefined address thread}; do
  case $kind in
    undefined) kernels ;;
    address | thread) trainings "$kind" ;;
    *)
      echo "usage: scripts/sanitize.sh [undefined|address|thread …], but not '$kind'" >&2
      exit 64
      ;;
  esac
done
