#!/bin/sh
# Builds a site of every public declaration, by topic, with the tutorials and the settings: .build/site
#
#   scripts/docs.sh            builds rl-train if need be, and the site
#   scripts/docs.sh --check    builds what `make test` builds, and fails on a link to what is not there, on any other
#                              warning of DocC's, and on a public declaration without a description
#
# The toolchain's `docc` does it, so the package depends on no plug-in. Pages by topic are in each module's .docc folder, the
# first page in docs/site, the tutorials in docs/tutorials.
set -eu
cd "$(dirname "$0")/.."
modules="GSL Formats Differentiation Distributions Networks Estimators BlackBoxes ReinforcementLearning
  EnvironmentContract Environments Agents RelaxRL"
build=.build
flags=
case "${1-}" in
  "") ;;
  --check) build=.build-test flags="-Xswiftc -enable-testing" ;;
  *) echo "usage: scripts/docs.sh [--check]" >&2; exit 64 ;;
esac
# shellcheck disable=SC2086
swift build -c release --scratch-path $build $flags --product rl-train >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/symbols" "$work/RelaxRL.docc"

# Where the compiler finds the modules, and the headers of those in C.
headers=$(find "$build/checkouts" Sources -name module.modulemap -exec dirname {} \; | sed 's/^/-I /')
built=$(find -L "$build/release" -maxdepth 2 -name module.modulemap -exec dirname {} \; | sed 's/^/-I /')
target=$(swift -print-target-info | sed -n 's/.*"unversionedTriple" *: *"\(.*\)".*/\1/p')
for module in $modules; do
  # shellcheck disable=SC2086
  swift symbolgraph-extract -module-name "$module" -target "$target" -I "$build/release/Modules" $headers $built \
    -minimum-access-level public -skip-synthesized-members -pretty-print -output-dir "$work/symbols"
done
# What the compiler wrote, symbol by symbol, with the indentation that -pretty-print gives.
undocumented=$(awk -F'"' '
  /^  "symbols"/ { in_symbols = 1 }
  /^  "relationships"/ { in_symbols = 0 }
  /^    {/ { is_described = 0; title = file = "" }
  /^      "docComment"/ { is_described = 1 }
  /^        "title"/ { title = $4 }
  /^        "uri"/ { file = $4 }
  /^    }/ && in_symbols && !is_described { print "  " title ", " file }
' "$work"/symbols/*.json)
if [ -n "$undocumented" ]; then
  echo "Without a description are:" >&2
  echo "$undocumented" >&2
  exit 1
fi

# Articles: pages of the modules, the first page, and the tutorials, whose links to each other stay links.
find Sources Agents Environments -path '*.docc/*.md' -exec cp {} "$work/RelaxRL.docc" \;
cp docs/site/*.md docs/tutorials/*.svg "$work/RelaxRL.docc"
for page in docs/tutorials/*.md; do
  sed -E 's/\[([^]]*)\]\(([a-z-]+)\.md[^)]*\)/[\1](doc:\2)/g; s/\[([^]]*)\]\(\.\.\/[^)]*\)/\1/g' "$page" \
    > "$work/RelaxRL.docc/$(basename "$page")"
done

# Every setting of every agent with its meaning, which comes from its comment, and its default.
rl_train=$build/release/rl-train
printf '# Settings\n\nWhat every setting means, and its value where no preset has another.\n\n' > "$work/RelaxRL.docc/AllSettings.md"
printf '`rl-train settings --agent A --env NAME` has the values for a task, and `--set` changes them.\n\n## Topics\n\n### Agents\n\n' \
  >> "$work/RelaxRL.docc/AllSettings.md"
for agent in $("$rl_train" list | awk '!NF { on = 0 } on { print $1 } /^Agents/ { on = 1 }'); do
  {
    printf '# Settings of %s\n\n`rl-train settings --agent %s` prints them.\n\n```yaml\n' "$agent" "$agent"
    "$rl_train" settings --agent "$agent"
    echo '```'
  } > "$work/RelaxRL.docc/settings-$agent.md"
  echo "- <doc:settings-$agent>" >> "$work/RelaxRL.docc/AllSettings.md"
done

docc convert "$work/RelaxRL.docc" --additional-symbol-graph-dir "$work/symbols" --output-dir "$work/site" \
  --fallback-display-name Guide --fallback-bundle-identifier RelaxRL --fallback-default-module-kind Module \
  --warnings-as-errors >&2
[ "${1-}" = --check ] && { echo "docs: every public declaration is described, and every link leads somewhere"; exit; }

# The first page of the site is that of DocC for what it does not find.
cat > "$work/site/index.html" <<'HTML'
<!doctype html><meta charset="utf-8"><title>RelaxRL</title><meta http-equiv="refresh" content="0; url=documentation/home/">
HTML
rm -rf "$build/site"
mv "$work/site" "$build/site"
echo "The site is in $(pwd)/$build/site. To read it: python3 -m http.server -d $build/site, then open http://localhost:8000"
