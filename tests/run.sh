#!/bin/bash
# Installs what is missing, builds, and runs every check:
#   tests/run.sh              everything
#   tests/run.sh unit tidy    only these stages (see the list below)
#   tests/run.sh container    the app's image and its checks; not part of everything (docs/container.md)
#   tests/run.sh reliability  the long form of what goes wrong, an hour or more; not in "everything"
#   tests/run.sh load         requests per second beside a bare server, and readers of the event stream
#   tests/run.sh soak         an hour of random faults (T2M_SOAK_SECONDS, T2M_SEED); neither
set -u
cd "$(dirname "$0")/.." || exit

# No stage reads from a terminal; a closed standard input would hand its number to other files.
exec </dev/null

all="install parts format unit asan tsan tidy"
by_name="container load reliability soak"
stages=${*:-$all}
for stage in $stages; do
  [[ " $all $by_name " == *" $stage "* ]] && continue
  echo "no stage $stage; there are: $all; and by name only: $by_name" >&2
  exit 2
done
jobs=$(nproc)
logs=build/logs
mkdir -p $logs
# A compiler cache is welcome, but not asked for.
if [ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
fi

stage_install() { tests/install.sh build run test; }
stage_parts() { python3 tests/check_parts.py --self-test && python3 tests/check_parts.py; }
stage_format() { tests/format.sh; }
stage_unit() {
  cmake --preset release >$logs/release.log && cmake --build --preset release -j "$jobs" &&
    ctest --preset release --no-tests=error -j $((2 * jobs))
}
stage_asan() {
  cmake --preset asan >$logs/asan.log && cmake --build --preset asan -j "$jobs" &&
    ctest --preset asan --no-tests=error -j "$jobs"
}
# Only the queue between two threads: Debian's Paho is not instrumented and stays out.
stage_tsan() {
  cmake --preset tsan >$logs/tsan.log && cmake --build --preset tsan -j "$jobs" --target test_tsan_queue &&
    ./build/tsan/test_tsan_queue
}
stage_tidy() {
  cmake --preset tidy >$logs/tidy.log && tests/tidy.sh
}
# The integration suites whose short forms are part of the stage "unit".
build_programs() {
  cmake --preset release >$logs/release.log &&
    cmake --build --preset release -j "$jobs" --target toyota2mqtt toyota2mqtt-sim write_set_up
}
# All cases at once: they wait most of the time.
stage_reliability() {
  build_programs || return
  T2M_LONG=1 ctest --preset release --no-tests=error -R 'test_reliability' -j 12 --timeout 7200 \
    --output-on-failure
  local status=$?
  cat build/release/reliability-*.md
  return $status
}
stage_soak() {
  build_programs &&
    (cd tests/integration && T2M_LONG=1 T2M_BUILD="$PWD/../../build/release" PYTHONDONTWRITEBYTECODE=1 \
      python3 -m unittest -v test_soak)
}

# Root only. What the other stages have compiled is of use to it.
stage_container() {
  local cache=()
  ! command -v ccache >/dev/null || cache=(--ccache "$(ccache -k cache_dir)")
  tests/container/run.sh "${cache[@]}"
}
# On a machine that does nothing else.
stage_load() {
  tests/install.sh build run test load && cmake --preset release >$logs/release.log &&
    cmake --build --preset release -j "$jobs" --target toyota2mqtt toyota2mqtt-sim load &&
    T2M_BUILD=build/release tests/load/run.py --bridge
}

results=()
failed=0
for stage in $stages; do
  printf '\n==> %s\n' "$stage"
  begin=$SECONDS
  "stage_$stage" 2>&1 | tee "$logs/stage-$stage.txt"
  status=${PIPESTATUS[0]}
  word=ok
  [ "$status" -eq 0 ] || { word=FAILED; failed=1; }
  results+=("$(printf '%-9s %-7s %5d s' "$stage" "$word" $((SECONDS - begin)))")
  # Nothing can be built without the packages.
  [ "$stage" = install ] && [ "$status" -ne 0 ] && break
done

for stage in unit asan; do
  [[ " $stages " == *" $stage "* ]] || continue
  printf '\n==> how ctest ended (%s)\n' "$stage"
  sed -n '/% tests passed/,$p' "$logs/stage-$stage.txt"
done
printf '\n==> summary (%d s)\n' $SECONDS
printf '%s\n' "${results[@]}"
exit $failed
