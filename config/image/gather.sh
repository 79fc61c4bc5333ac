#!/bin/sh
# Gathers in a folder what the image holds: the program, the shared libraries that it needs, CA
# certificates, time zones, and the licences of all that.
#   config/image/gather.sh arm64 /image      (in the image's builder, after build.sh)
# A file whose package or licence is not found ends it.
set -eu
cd "$(dirname "$0")/../.."
own=$(dpkg --print-architecture)
target=${1:-$own}
image=${2:?where to}
root=
preset=image
if [ "$target" != "$own" ]; then
  root=/sysroot
  preset=image-$target
fi
case $target in
  amd64) triplet=x86_64-linux-gnu loader=/lib64/ld-linux-x86-64.so.2 ;;
  arm64) triplet=aarch64-linux-gnu loader=/lib/ld-linux-aarch64.so.1 ;;
  *) echo "no image is built for $target" >&2; exit 1 ;;
esac
libraries=/usr/lib/$triplet
mkdir -p "$image/usr/bin" "$image$libraries" "$image/usr/share/doc" "$image/etc/ssl/certs" \
  "$image/data" "$image/tmp"
chmod 1777 "$image/tmp"
ln -s usr/lib "$image/lib"
work=$(mktemp -d)

# --- the program and the libraries that it needs, and those that they need ------------------------
cp "build/$preset/toyota2mqtt" "$image/usr/bin/"
needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
todo="$image/usr/bin/toyota2mqtt"
while [ -n "$todo" ]; do
  next=
  for file in $todo; do
    for name in $(needed "$file"); do
      [ ! -e "$image$libraries/$name" ] || continue
      # Follows the link from the name that is asked for to the file with the full version.
      cp -L "$root$libraries/$name" "$image$libraries/$name"
      next="$next $image$libraries/$name"
      readlink -f "$root$libraries/$name" | sed "s,^$root,," >>"$work/files"
    done
  done
  todo=$next
done
chmod 0644 "$image$libraries"/*
chmod 0755 "$image$libraries"/ld-linux-*.so.*
case $target in
  amd64)
    mkdir "$image/usr/lib64"
    ln -s usr/lib64 "$image/lib64"
    ln -s "../lib/$triplet/${loader##*/}" "$image/usr/lib64/${loader##*/}"
    ;;
  arm64) ln -s "$triplet/${loader##*/}" "$image/usr/lib/${loader##*/}" ;;
esac
test -e "$image$libraries/${loader##*/}"

# --- data: the same for every architecture, so from the builder itself ----------------------------
cp /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"
# Without the copies that count leap seconds (right/) or are there for old habits (posix/).
(cd /usr/share && find zoneinfo -type f -o -type l) | grep -v -e '^zoneinfo/\(posix\|right\)/' -e '^zoneinfo/localtime$' |
  tar -C /usr/share -c -T - | tar -C "$image/usr/share" -x

# --- licences ------------------------------------------------------------------------------------
# Whose file is it? dpkg names some of them below /lib, where they lay before /usr was merged.
for list in "$root"/var/lib/dpkg/info/*.list; do
  package=${list##*/}
  package=${package%.list}
  sed "s,^/lib/,/usr/lib/,; s,\$,	${package%:*}," "$list"
done >"$work/owners"
sort -u "$work/files" | while read -r file; do
  owner=$(awk -F '\t' -v file="$file" '$1 == file { print $2; exit }' "$work/owners")
  [ -n "$owner" ] || { echo "no package owns $file" >&2; exit 1; }
  echo "$owner"
done >"$work/packages"
# What is compiled in: headers and static libraries.
sed -n '/^\[build\]/,/^\[/{/^[a-z0-9].*-dev$/p}' .dependencies >>"$work/packages"
printf '%s\n' libstdc++-12-dev libgcc-12-dev libc6-dev >>"$work/packages"
sort -u "$work/packages" -o "$work/packages"

version() {
  if [ -n "$root" ]; then
    awk -v package="$1" '$1 == package { print $2; exit }' "$root/var/lib/dpkg/versions"
  else
    dpkg-query -W -f '${Version}\n' "$1:$own" 2>/dev/null || dpkg-query -W -f '${Version}\n' "$1"
  fi
}
licence() { # of a package, in a root
  mkdir -p "$image/usr/share/doc/$1"
  # A package may keep its licence in another one's folder, by a link that is relative or absolute.
  folder=$2/usr/share/doc/$1
  if [ -L "$folder" ]; then
    link=$(readlink "$folder")
    folder=$2/usr/share/doc/${link##*/}
  fi
  cp -L "$folder/copyright" "$image/usr/share/doc/$1/copyright"
}
while read -r package; do
  licence "$package" "$root"
  printf '%s %s\n' "$package" "$(version "$package")"
done <"$work/packages" >"$work/versions"
for package in ca-certificates tzdata; do
  licence "$package" ""
  printf '%s %s\n' "$package" "$(dpkg-query -W -f '${Version}' "$package")"
done >>"$work/versions"
# Swagger UI, the page to try the REST interface: from npm, inside the program.
viewer=build/$preset/assets
mkdir -p "$image/usr/share/doc/swagger-ui-dist"
cp "$viewer/licences.txt" "$image/usr/share/doc/swagger-ui-dist/copyright"
sed -n 's/^ *"version": "\([^"]*\)".*/swagger-ui-dist \1/p' \
  "$viewer/npm/node_modules/swagger-ui-dist/package.json" >>"$work/versions"
grep -q '^swagger-ui-dist ' "$work/versions"
# The texts that those files refer to.
cp -RL /usr/share/common-licenses "$image/usr/share/"
mkdir "$image/usr/share/doc/toyota2mqtt"
cp LICENSE "$image/usr/share/doc/toyota2mqtt/copyright"
sort -u "$work/versions" >"$image/usr/share/doc/toyota2mqtt/packages"
rm -rf "$work"

# The same input gives the same files; times would tell them apart.
find "$image" -exec touch -h -d @0 {} +
du -sh "$image"
