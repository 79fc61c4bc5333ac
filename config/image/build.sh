#!/bin/sh
# Builds the program in the image's builder and tests it there: the unit tests for the builder's own
# architecture; another architecture's program cannot run here. The page to try the REST interface is
# part of the image, so the registry of npm has to answer.
set -eu
cd "$(dirname "$0")/../.."
own=$(dpkg --print-architecture)
target=${1:-$own}
# A compiler cache is welcome, but not asked for: a folder mounted at /ccache.
if command -v ccache >/dev/null && [ -d /ccache ]; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=/ccache CCACHE_BASEDIR="$PWD" \
    CCACHE_NOHASHDIR=1
fi

preset=image
[ "$target" = "$own" ] || preset=image-$target
cmake --preset "$preset" -DT2M_API_VIEWER=ON >/dev/null
cmake --build --preset "$preset" -j "$(nproc)"
# Unit tests are named after their part. What reads the whole repository is not checked here.
[ "$target" != "$own" ] ||
  ctest --preset "$preset" --no-tests=error -j "$(nproc)" -R '^[a-z_]+:' -E '^(integration|parts):'
