#!/bin/sh
# Draws addon/icon.png and addon/logo.png from their drawings here. Needs Debian's librsvg2-bin.
set -eu
cd "$(dirname "$0")/../.."
for name in icon logo; do
  rsvg-convert "docs/picture/$name.svg" -o "addon/$name.png"
done
