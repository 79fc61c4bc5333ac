#!/bin/sh
# The version stands in one place: project(VERSION) in CMakeLists.txt.
#   tests/version.sh                  prints it
#   tests/version.sh v1.2.3           prints it, and fails when the tag, addon/config.yaml or the
#                                     headings of the changelogs say another one
#   tests/version.sh --changes v1.2.3 prints what CHANGELOG.md says about that version
# T2M_ROOT replaces the root of the repository (for tests).
set -eu
cd "${T2M_ROOT:-$(dirname "$0")/..}"

version=$(sed -n 's/^project(toyota2mqtt VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
[ -n "$version" ] || { echo "CMakeLists.txt names no version" >&2; exit 1; }

changes_of() {
  awk -v heading="## [$1]" '
    index($0, heading) == 1 { found = 1; next }
    found && /^## / { exit }
    found && /^\[[^]]*\]: / { exit }
    found { print }' CHANGELOG.md
}

case ${1:-} in
  "") echo "$version" ;;
  --changes)
    text=$(changes_of "${2#v}")
    [ -n "$text" ] || { echo "CHANGELOG.md has nothing about ${2#v}" >&2; exit 1; }
    printf '%s\n' "$text"
    ;;
  *)
    failed=0
    [ "$1" = "v$version" ] || {
      echo "the tag is $1, but the version in CMakeLists.txt is $version" >&2
      failed=1
    }
    if [ -f addon/config.yaml ] && ! grep -qx "version: \"\{0,1\}$version\"\{0,1\}" addon/config.yaml; then
      echo "addon/config.yaml does not name version $version" >&2
      failed=1
    fi
    grep -qF "## [$version]" CHANGELOG.md || {
      echo "CHANGELOG.md has no section [$version]" >&2
      failed=1
    }
    [ $failed -eq 0 ] || exit 1
    echo "$version"
    ;;
esac
