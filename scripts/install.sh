#!/bin/sh
# Puts programs, completion for shells and license below a folder, as it is in /usr/local.
#
#   scripts/install.sh FOLDER
set -eu
target=$1
cd "$(dirname "$0")/.."
programs=.build-static/release

install -d "$target/bin" "$target/share/doc/relaxrl" \
  "$target/share/bash-completion/completions" "$target/share/zsh/site-functions" \
  "$target/share/fish/vendor_completions.d"
install -m 644 LICENSE README.md "$target/share/doc/relaxrl/"
for program in rl-train relax-lab; do
  install -m 755 "$programs/$program" "$target/bin/$program"
done
completion() { # shell, file
  "$programs/rl-train" --generate-completion-script "$1" >"$target/share/$2"
  chmod 644 "$target/share/$2"
}
completion bash bash-completion/completions/rl-train
completion zsh zsh/site-functions/_rl-train
completion fish fish/vendor_completions.d/rl-train.fish
echo "Installed rl-train and relax-lab in $target/bin"
