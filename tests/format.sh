#!/bin/sh
# Checks the format of all C++ files; `tests/format.sh --fix` corrects it.
set -eu
cd "$(dirname "$0")/.."
mode="--dry-run --Werror"
[ "${1:-}" = --fix ] && mode=-i
# shellcheck disable=SC2086  # two options
find include src tests \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
  xargs -0 clang-format-19 --style=file $mode
