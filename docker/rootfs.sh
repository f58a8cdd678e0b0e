#!/bin/sh
# Gathers from this Debian what the service runs on, and nothing else: Node, a few programs for who looks in at night,
# and the libraries of both. No package manager, and nothing that changes its user.
# Usage: rootfs.sh <folder>
set -eu
root=$1
programs='/usr/local/bin/node /usr/bin/sh /usr/bin/env /usr/bin/cat /usr/bin/ls /usr/bin/sleep /usr/bin/id'

mkdir -p "$root"
for folder in bin lib lib64 sbin; do
  mkdir -p "$root/usr/$folder"
  ln -s "usr/$folder" "$root/$folder"
done
mkdir -p "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/etc" "$root/var/lib/dpkg/status.d" "$root/usr/local/bin"
mkdir -m 1777 "$root/tmp"

# As scanners find packages in images without a package manager; the licence comes with each.
tell() {
  package=$(dpkg-query -S "$1" 2>/dev/null | sed 's/:.*//;q')
  if [ -z "$package" ] || [ -e "$root/var/lib/dpkg/status.d/$package" ]; then return; fi
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
  install -D -m 644 "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
}

# The file itself under the name by which it is asked for.
take() {
  folder=$(readlink -f "$(dirname "$1")")
  install -D -m 755 "$(readlink -f "$1")" "$root$folder/$(basename "$1")"
  tell "$(readlink -f "$1")"
}

for program in $programs; do take "$program"; done
for library in $(for program in $programs; do ldd "$program"; done | grep -o '/[^ ]*' | sort -u); do take "$library"; done
for file in /etc/os-release /etc/debian_version /etc/nsswitch.conf; do
  if [ -e "$file" ]; then install -m 644 "$(readlink -f "$file")" "$root$file"; fi
done
tell /usr/lib/os-release
printf 'root:x:0:0:root:/root:/usr/sbin/nologin\nidentity:x:65532:65532:identity:/app:/usr/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nidentity:x:65532:\n' >"$root/etc/group"
ln -s /app/docker/identity "$root/usr/local/bin/identity"
