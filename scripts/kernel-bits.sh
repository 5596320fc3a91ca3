#!/bin/sh
# Compares the bits of every kernel (Sources/CKernels) across widths of vectors and kinds of processor.
#
#   scripts/kernel-bits.sh widths   256-bit vectors, 512-bit vectors (on this processor, or where it has
#                                   none the same code compiled for 256 bits), and the baseline
#   scripts/kernel-bits.sh arm64    x86-64 against arm64, cross-compiled and run by qemu-user
#
# It needs clang (Swift's), and for arm64 also the packages libc6-dev-arm64-cross, libgcc-12-dev-arm64-cross,
# binutils-aarch64-linux-gnu and qemu-user. Exit code 0: equal; 1: they differ; 77: something is missing,
# which the last line names.
set -eu
cd "$(dirname "$0")/.."
kernels=Sources/CKernels
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

skip() { echo "skipped: $1"; exit 77; }
command -v clang >/dev/null || skip "clang is not there"
[ "$(uname -m)" = x86_64 ] || skip "this is no x86-64 processor"

build() { # name, compiler flags …
  name=$1
  shift
  clang -O2 -std=gnu11 "$@" -I$kernels/include Tests/KernelBits/kernel_bits.c $kernels/*.c \
    -o "$folder/$name" -lm
}

compare() { # the two files, what they are
  if cmp -s "$folder/$1" "$folder/$2"; then
    echo "$3: equal in $(wc -l <"$folder/$1") checksums"
  else
    echo "$3: these differ:"
    diff "$folder/$1" "$folder/$2" | grep '^[<>]' || true
    exit 1
  fi
}

# One program for all widths: that takes half a minute to compile.
what="256 and 512 bits"
if grep -qw avx512bw /proc/cpuinfo && grep -qw avx512vl /proc/cpuinfo; then
  build native
else
  build native -DCK_EMULATE_512
  what="256 bits and the code for 512, compiled for 256"
fi
RELAXRL_VECTOR_BITS=256 "$folder/native" >"$folder/256.txt" ||
  skip "the processor has no fused multiply-adds of 256 bits"

case "${1:-widths}" in
  widths)
    RELAXRL_VECTOR_BITS=512 "$folder/native" >"$folder/512.txt"
    compare 256.txt 512.txt "$what"
    # The control: without fused multiply-adds the bits must differ, or the comparison sees nothing.
    RELAXRL_VECTOR_BITS=128 "$folder/native" >"$folder/128.txt"
    if cmp -s "$folder/256.txt" "$folder/128.txt"; then
      echo "the baseline without fused multiply-adds has the same bits, which cannot be"
      exit 1
    fi
    ;;
  arm64)
    command -v qemu-aarch64 >/dev/null || skip "qemu-aarch64 (qemu-user) is not there"
    command -v aarch64-linux-gnu-ld >/dev/null || skip "binutils-aarch64-linux-gnu is not there"
    [ -e /usr/aarch64-linux-gnu/lib/libc.a ] || skip "libc6-dev-arm64-cross is not there"
    gcc_folder=$(ls -d /usr/lib/gcc-cross/aarch64-linux-gnu/* 2>/dev/null | tail -n 1)
    [ -n "$gcc_folder" ] || skip "libgcc-12-dev-arm64-cross is not there"
    build arm64 --target=aarch64-linux-gnu -static -fuse-ld=/usr/bin/aarch64-linux-gnu-ld \
      -isystem /usr/aarch64-linux-gnu/include -B"$gcc_folder" -B/usr/aarch64-linux-gnu/lib \
      -L"$gcc_folder" -L/usr/aarch64-linux-gnu/lib
    qemu-aarch64 "$folder/arm64" >"$folder/arm64.txt"
    compare 256.txt arm64.txt "x86-64 and arm64"
    ;;
  *)
    echo "usage: scripts/kernel-bits.sh [widths|arm64]" >&2
    exit 64
    ;;
esac
