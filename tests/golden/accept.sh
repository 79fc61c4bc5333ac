#!/bin/sh
# Writes the golden files anew from what the built tests produce now. Look at `git diff` afterwards:
# every line of it is a change that users see.
# Usage: tests/golden/accept.sh [BUILD_DIRECTORY]   (default: build/dev)
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build/dev}
found=no
for program in "$build"/test_*; do
  [ -x "$program" ] || continue
  found=yes
  T2M_ACCEPT=1 "$program" "[golden]" >/dev/null || true
done
if [ "$found" = no ]; then
  echo "no test programs in $build: build first" >&2
  exit 1
fi
! command -v git >/dev/null || git --no-pager diff --stat -- tests/golden docs
