#!/bin/bash
# Builds the image without a Docker daemon and checks it (docs/container.md):
#   tests/container/run.sh                      both architectures
#   tests/container/run.sh amd64                only one: amd64 or aarch64
#   tests/container/run.sh --pull amd64         base image from a registry, not from debootstrap
#   tests/container/run.sh --ccache DIR amd64   for repeated builds: keeps what was compiled
#   tests/container/run.sh --no-build amd64     checks the image that is there
#   tests/container/run.sh --only "sigterm*" …  only these checks
#   tests/container/run.sh --keep …             the directories of failed checks stay
# Needs root on Debian 12. Everything is kept below build/container; the table of results is
# build/container/table.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec </dev/null

work=$PWD/build/container
pull=no build=yes ccache='' only=() keep='' images=()
while [ $# -gt 0 ]; do
  case $1 in
    --pull) pull=yes ;;
    --no-build) build=no ;;
    --ccache) ccache=$(realpath -m "$2"); shift ;;
    --only) only+=(--only "$2"); shift ;;
    --keep) keep=--keep ;;
    amd64|aarch64) images+=("$1") ;;
    all) images=(amd64 aarch64) ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
[ ${#images[@]} -gt 0 ] || images=(amd64 aarch64)
[ "$(id -u)" -eq 0 ] || { echo "tests/container/run.sh needs root (namespaces, chroot)" >&2; exit 1; }
[ "$(dpkg --print-architecture)" = amd64 ] || { echo "it builds on amd64 only" >&2; exit 1; }
mkdir -p "$work/logs"

# Overlays do not lie on every file system; plain copies do.
if [ -z "${STORAGE_DRIVER:-}" ]; then
  STORAGE_DRIVER=vfs
  mkdir -p "$work/overlay"/{lower,upper,work,merged}
  if (cd "$work/overlay" && unshare --mount mount -t overlay overlay \
    -o lowerdir=lower,upperdir=upper,workdir=work merged 2>/dev/null); then
    STORAGE_DRIVER=overlay
  fi
  rm -rf "$work/overlay"
fi
export STORAGE_DRIVER
storage=(--root "$work/storage" --runroot "$work/run" --storage-driver "$STORAGE_DRIVER")
base=docker.io/library/debian:bookworm-slim
version=$(sed -n 's/^project(toyota2mqtt VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)

step() { printf '==> %s (%d s)\n' "$*" "$SECONDS"; }

# A Debian from Debian's packages, with the official addresses as its sources.
import_base() {
  local root=$work/base
  if [ ! -e "$work/base.tar" ]; then
    step "debootstrap"
    rm -rf "$root"
    debootstrap --variant=minbase bookworm "$root" "$(mirror)" >"$work/logs/debootstrap.log"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*
    official_sources >"$root/etc/apt/sources.list"
    tar -C "$root" -c . >"$work/base.tar.new"
    mv "$work/base.tar.new" "$work/base.tar"
    rm -rf "$root"
  fi
  podman "${storage[@]}" import --quiet "$work/base.tar" "$base" >/dev/null
}
official_sources() {
  echo "deb http://deb.debian.org/debian bookworm main"
  echo "deb http://deb.debian.org/debian bookworm-updates main"
  echo "deb http://deb.debian.org/debian-security bookworm-security main"
}
# Where this machine's apt gets Debian from. It is used while building and stays in no image.
host_sources() {
  # shellcheck disable=SC2016  # apt's own variables
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' | awk '$1 == "Debian" && /bookworm/ && $NF == "main" {
      sub(/\/$/, "", $2); print "deb", $2, $3, $4 }' | sort -u
}
mirror() { host_sources | awk '$3 == "bookworm" || $3 == "stable" { print $2; exit }'; }
write_apt() {
  host_sources >"$work/apt-sources.list"
  [ -s "$work/apt-sources.list" ] || official_sources >"$work/apt-sources.list"
  apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-)' >"$work/apt-host.conf" || :
}
# Where this machine's npm gets packages from, and whom it trusts; as with apt, for the build alone.
write_npm() {
  local ca=''
  : >"$work/npmrc"
  : >"$work/npm-ca.crt"
  command -v npm >/dev/null || return 0
  echo "registry=$(npm config get registry)" >>"$work/npmrc"
  ca=$(npm config get cafile)
  [ -f "$ca" ] || ca=${NODE_EXTRA_CA_CERTS:-}
  [ -f "$ca" ] || return 0
  cp "$ca" "$work/npm-ca.crt"
  echo "cafile=/run/npm-ca.crt" >>"$work/npmrc"
}

build_image() { # amd64|aarch64
  local debian=${1/aarch64/arm64} log=$work/logs/build-$1.log volumes=()
  volumes+=(--volume "$work/apt-sources.list:/etc/apt/sources.list:ro")
  volumes+=(--volume "$work/apt-host.conf:/etc/apt/apt.conf.d/90host:ro")
  volumes+=(--volume "$work/npmrc:/root/.npmrc:ro" --volume "$work/npm-ca.crt:/run/npm-ca.crt:ro")
  if [ -n "$ccache" ]; then
    mkdir -p "$ccache"
    volumes+=(--volume "$ccache:/ccache")
  fi
  step "building the image for $1 (log: ${log#"$PWD"/})"
  buildah "${storage[@]}" build --isolation chroot --network host --format docker --layers \
    --pull=never --platform "linux/$debian" "${volumes[@]}" \
    --build-arg TARGETARCH="$debian" --build-arg BUILDPLATFORM=linux/amd64 \
    --build-arg BUILD_ARCH="$1" --build-arg BUILD_VERSION="$version" \
    -f addon/Dockerfile -t "localhost/toyota2mqtt-$1:$version" . >"$log" 2>&1 ||
    { tail -n 40 "$log" >&2; exit 1; }
  echo "image localhost/toyota2mqtt-$1:$version"
}

# The programs of an aarch64 image run by Debian's qemu, which the kernel is asked to start.
register_qemu() {
  [ -e /proc/sys/fs/binfmt_misc/status ] ||
    mount -t binfmt_misc none /proc/sys/fs/binfmt_misc 2>/dev/null ||
    { echo "this kernel has no binfmt_misc: the aarch64 image cannot be run" >&2; exit 1; }
  [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || update-binfmts --enable qemu-aarch64
}

step "installing tools"
tests/install.sh build container package:mosquitto package:mosquitto-clients package:openssl \
  package:python3-yaml
if [ "$build" = yes ]; then
  write_apt
  write_npm
  if [ "$pull" = yes ]; then
    buildah "${storage[@]}" pull "$base"
  elif ! buildah "${storage[@]}" inspect --type image "$base" >/dev/null 2>&1; then
    import_base
  fi
  for image in "${images[@]}"; do build_image "$image"; done
fi

# The virtual cloud, for the machine itself.
if [ -z "${T2M_BUILD:-}" ]; then
  step "building the simulator"
  cmake --preset release -B "$work/simulator" -DT2M_TESTS=OFF >"$work/logs/simulator.log"
  cmake --build "$work/simulator" -j "$(nproc)" --target toyota2mqtt-sim >>"$work/logs/simulator.log"
  export T2M_BUILD=$work/simulator
fi

status=0
for image in "${images[@]}"; do
  [ "$image" = amd64 ] || register_qemu
  step "checking the image for $image"
  PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/container/checks.py --arch "$image" \
    --image "localhost/toyota2mqtt-$image:$version" "${only[@]}" $keep || status=1
done
for image in "${images[@]}"; do cat "$work/table-$image.md"; echo; done >"$work/table.md"
step "done, status $status; the table is in build/container/table.md"
exit $status
