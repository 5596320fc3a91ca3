#!/bin/sh
# Packs the programs for systems without Swift: relaxrl-VERSION-linux-ARCHITECTURE.tar.gz in .build-static.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/.*static let current = "\(.*\)"/\1/p' Sources/Runs/Console/ReleaseVersion.swift)
name=relaxrl-$version-linux-$(uname -m)
scripts/self-contained.sh
rm -rf ".build-static/$name"
scripts/install.sh ".build-static/$name" >/dev/null
tar -C .build-static --owner=0 --group=0 -czf ".build-static/$name.tar.gz" "$name"
rm -rf ".build-static/$name"
echo "Packed $(pwd)/.build-static/$name.tar.gz: unpack it anywhere, or over /usr/local with"
echo "  tar -xzf $name.tar.gz --strip-components 1 -C /usr/local"
echo "It runs on Linux with glibc $(getconf GNU_LIBC_VERSION | cut -d ' ' -f 2) or newer."
