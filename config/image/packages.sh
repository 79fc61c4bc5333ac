#!/bin/sh
# The packages of the image's builder (addon/Dockerfile). With the builder's own architecture, or
# none, they are installed; for another one (arm64 on amd64) its libraries and headers are unpacked
# below /sysroot, because Debian's yaml-cpp cannot be installed for two architectures at once.
set -eu
cd "$(dirname "$0")/../.."
own=$(dpkg --print-architecture)
target=${1:-$own}
export DEBIAN_FRONTEND=noninteractive

# For repeated builds by hand: a folder mounted there keeps what was compiled.
[ ! -d /ccache ] || tests/install.sh package:ccache

clean() {
  apt-get clean
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
}

if [ "$target" = "$own" ]; then
  tests/install.sh build run package:npm package:catch2 package:mosquitto package:openssl \
    package:python3 package:python3-yaml
  clean
  exit 0
fi

case $target in
  arm64) triplet=aarch64-linux-gnu ;;
  amd64) triplet=x86_64-linux-gnu ;;
  *) echo "no image is built for $target" >&2; exit 1 ;;
esac
tests/install.sh run package:clang-19 package:lld-19 package:cmake package:ninja-build \
  package:pkg-config package:binutils package:npm
libraries=$(sed -n '/^\[build\]/,/^\[/{/^[a-z0-9].*-dev$/p}' .dependencies)

# An apt of its own, which believes that nothing is installed, finds everything that is needed.
mkdir -p /sysroot/usr/lib /sysroot/usr/bin /sysroot/usr/sbin /unpack/lists/partial \
  /unpack/archives/partial /sysroot/var/lib/dpkg/info
for directory in bin sbin lib; do ln -s usr/$directory /sysroot/$directory; done
: >/unpack/status
apt_target() {
  apt-get -qq -o APT::Architecture="$target" -o APT::Architectures::="$target" \
    -o Dir::State::status=/unpack/status -o Dir::State::lists=/unpack/lists \
    -o Dir::Cache::archives=/unpack/archives -o Debug::NoLocking=true \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@"
}
apt_target update
# shellcheck disable=SC2086  # one word per package
apt_target install -y --no-install-recommends --download-only \
  libc6-dev libstdc++-12-dev libgcc-12-dev $libraries
for archive in /unpack/archives/*.deb; do
  package=$(dpkg-deb -f "$archive" Package)
  # The lists of files in dpkg's manner: gather.sh asks them whose licence belongs to a file.
  dpkg-deb --fsys-tarfile "$archive" | tar -t | sed 's,^\.,,; s,/$,,' \
    >"/sysroot/var/lib/dpkg/info/$package:$target.list"
  dpkg-deb --fsys-tarfile "$archive" | tar -x --keep-directory-symlink -C /sysroot
  printf '%s %s\n' "$package" "$(dpkg-deb -f "$archive" Version)" >>/sysroot/var/lib/dpkg/versions
done
# A link such as libm.so -> /lib/… means a place below /sysroot, not one of this machine.
find /sysroot -type l -lname '/*' | while read -r link; do
  ln -sfn "/sysroot$(readlink "$link")" "$link"
done
test -e "/sysroot/usr/lib/$triplet/libm.so"
rm -rf /unpack
clean
