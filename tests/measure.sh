#!/bin/bash
# Measures the release build against the simulator and a mosquitto, and prints one table:
#   tests/measure.sh                  everything, about 20 minutes
#   tests/measure.sh memory starts    only these (memory cpu starts read refresh disk)
# Close to nothing else should run meanwhile: the load is printed with the table.
set -eu
cd "$(dirname "$0")/.."
tests/install.sh build run test
cmake --preset release >/dev/null
cmake --build --preset release -j "$(nproc)" --target toyota2mqtt toyota2mqtt-sim >/dev/null
T2M_BUILD=$PWD/build/release exec python3 tests/measure.py "$@"
