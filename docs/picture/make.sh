#!/bin/bash
# Draws docs/picture/demo.svg from what the demo really prints (config/demo/run.sh --once), one car
# of it. T2M_BUILD names the build folder, as for the demo.
#   docs/picture/make.sh             runs the demo
#   docs/picture/make.sh FILE        draws the demo's output that was saved in FILE
#   T2M_PICTURE_CAR="RAV4"           another car (a part of its headline)
set -euo pipefail
cd "$(dirname "$0")/../.."

output=$(mktemp)
picture=$(mktemp docs/picture/demo.svg.XXXXXX)
trap 'rm -f "$output" "$picture"' EXIT

if [ $# -gt 0 ]; then
  cp -- "$1" "$output"
else
  config/demo/run.sh --once >"$output"
fi

python3 docs/picture/render.py \
  --title "What the demo prints: the entities of one car, and a point that ABRP accepted" \
  --command "./config/demo/run.sh --once" \
  --keep "${T2M_PICTURE_CAR:-bZ4X}" --keep "ABRP accepted" \
  --lines 31 \
  <"$output" >"$picture"
chmod 644 "$picture"
mv "$picture" docs/picture/demo.svg
echo "docs/picture/demo.svg: $(wc -c <docs/picture/demo.svg) bytes"
