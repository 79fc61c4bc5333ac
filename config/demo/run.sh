#!/bin/bash
# Shows the bridge at work without a car: installs what is missing, builds, starts a private broker,
# the virtual cloud and the bridge on free loopback ports, and shows the cars until Ctrl-C.
#   config/demo/run.sh          live table
#   config/demo/run.sh --once   ends when every car was seen complete, and prints it
# T2M_BUILD names the build folder (default: build/release).
set -eu
cd "$(dirname "$0")/../.."

tests/install.sh build run package:mosquitto package:mosquitto-clients package:python3

build=${T2M_BUILD:-build/release}
if [ ! -f "$build/build.ninja" ]; then
  cmake --preset release -DT2M_TESTS=OFF -B "$build" >/dev/null
fi
cmake --build "$build" -j "$(nproc)" --target toyota2mqtt toyota2mqtt-sim

exec python3 config/demo/show.py --build "$build" "$@" </dev/null
