#!/bin/sh
# Installs the Debian packages of the named sections of .dependencies that are missing:
#   tests/install.sh build run test
# `package:NAME` adds a single one. The section [test] stands for npm, too, wherever it comes from.
# Says nothing and asks for nothing when everything is there.
set -eu
cd "$(dirname "$0")/.."

missing=
for section in "$@"; do
  case $section in
    package:*) packages=${section#package:} ;;
    *) packages=$(sed -n "/^\[$section\]/,/^\[/{/^[a-z0-9]/p}" .dependencies) ;;
  esac
  for package in $packages; do
    dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' ||
      missing="$missing $package"
  done
  # Debian's npm cannot be installed beside the Node.js that others package, which brings its own.
  if [ "$section" = test ] && ! command -v npm >/dev/null; then missing="$missing npm"; fi
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  sudo=
elif command -v sudo >/dev/null; then
  sudo=sudo
else
  echo "Missing packages:$missing" >&2
  echo "Install them as root: apt-get install$missing" >&2
  exit 1
fi
echo "installing:$missing"
$sudo apt-get update -qq
# shellcheck disable=SC2086  # one word per package
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing \
  >/dev/null
