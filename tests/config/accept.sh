#!/bin/sh
# Writes the messages that the broken configurations give now beside them, the example file,
# docs/configuration.md and the options of addon/config.yaml; look at the difference with git before
# you commit it.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build/dev}
T2M_ACCEPT=1 "$build/test_config" "[accept]"
! command -v git >/dev/null || git --no-pager diff --stat -- tests/config config docs addon
