#!/bin/sh
# clang-tidy over src/ with the compile commands of a build folder (default: build/tidy).
#   tests/tidy.sh [-b FOLDER] [FILE…]
set -eu
cd "$(dirname "$0")/.."
build=build/tidy
if [ "${1:-}" = -b ]; then
  build=$2
  shift 2
fi
[ -f "$build/compile_commands.json" ] || cmake --preset tidy -B "$build" >/dev/null
# The largest files first, so that the processors end together.
# shellcheck disable=SC2046  # one word per file: no name has a space
[ $# -gt 0 ] || set -- $(find src -name '*.cpp' -exec ls -S {} +)
printf '%s\n' "$@" |
  xargs -P "$(nproc)" -n 1 nice clang-tidy-19 --quiet -p "$build" --warnings-as-errors='*' \
    2>"$build/tidy.log" || {
  grep -v 'warnings\{0,1\} generated\|warnings treated as errors\|Suppressed\|Use -header-filter' \
    "$build/tidy.log" >&2 || true
  exit 1
}
echo "clang-tidy: $# files clean"
