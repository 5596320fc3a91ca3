#!/bin/sh
# Makes sure that what the build needs is there: Swift 6.2 or newer, GSL, zlib and pkg-config.
# On Debian and Ubuntu it installs missing libraries; elsewhere it says what to install and stops.
# Where everything is there it says nothing.
set -eu

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# Swift.
if ! command -v swift >/dev/null 2>&1; then
  fail "Swift is missing: the command \`swift\` is not found." \
    "Install Swift 6.2 or newer from https://www.swift.org/install/linux/ and try again."
fi
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
major=${version%%.*}
minor=${version#*.}
if [ -z "$version" ]; then
  fail "\`swift --version\` does not tell a version. Swift 6.2 or newer is needed:" \
    "https://www.swift.org/install/linux/"
fi
if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
  fail "Swift $version is too old: 6.2 or newer is needed." \
    "Install it from https://www.swift.org/install/linux/ and try again."
fi

# The libraries. A program that includes and links one is the test that counts, whichever package
# brought it; the compiler is the one that comes with Swift.
compiler=$(command -v clang || command -v cc || command -v gcc || true)
links() { # header, library
  if [ -z "$compiler" ]; then return 1; fi
  printf '#include <%s>\nint main(void) { return 0; }\n' "$1" |
    "$compiler" -x c - -o /dev/null "-l$2" -lm >/dev/null 2>&1
}
missing_packages() {
  links gsl/gsl_rng.h gsl || echo libgsl-dev
  links zlib.h z || echo zlib1g-dev
  command -v pkg-config >/dev/null 2>&1 || echo pkg-config
}

missing=$(missing_packages | tr '\n' ' ')
if [ -z "$missing" ]; then exit 0; fi

if ! command -v apt-get >/dev/null 2>&1; then
  fail "Missing (by Debian's names): $missing" \
    "Install GSL and zlib with their C headers, and pkg-config, for example" \
    "  Fedora:  sudo dnf install gsl-devel zlib-devel pkgconf-pkg-config" \
    "  Arch:    sudo pacman -S gsl zlib pkgconf" \
    "so that <gsl/gsl_rng.h> and <zlib.h> are found, and -lgsl and -lz link." \
    "Then try again."
fi
root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 ||
    fail "Missing: $missing" "As root: apt-get install $missing"
  # Without a terminal nobody could type a password.
  if [ -t 0 ]; then root="sudo"; else root="sudo -n"; fi
fi
echo "Installing $missing" >&2
apt() { $root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >&2; }
apt update || echo "The package lists could not be brought up to date; trying all the same." >&2
# shellcheck disable=SC2086 # one argument for each package
apt install -y --no-install-recommends $missing ||
  fail "The installation failed. By hand: sudo apt-get install $missing"

missing=$(missing_packages | tr '\n' ' ')
if [ -n "$missing" ]; then fail "Installed, but still not usable: $missing"; fi
