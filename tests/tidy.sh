#!/bin/sh
# clang-tidy over src/ with the compile commands of a build folder (default: build/release).
#   tests/tidy.sh [-b FOLDER] [FILE…]
set -eu
cd "$(dirname "$0")/.."
build=build/release
if [ "${1:-}" = -b ]; then
  build=$2
  shift 2
fi
[ -f "$build/compile_commands.json" ] || cmake --preset release >/dev/null
[ $# -gt 0 ] || set -- $(find src -name '*.cpp' | sort)
printf '%s\n' "$@" |
  xargs -P "$(nproc)" -n 1 nice clang-tidy-19 --quiet -p "$build" --warnings-as-errors='*' \
    2>"$build/tidy.log" || {
  grep -v 'warnings generated\|Suppressed\|Use -header-filter' "$build/tidy.log" >&2 || true
  exit 1
}
