#!/usr/bin/env bash
# Installs, by name, the Debian packages that tests use as real peers. Only as root on Debian; elsewhere it names what is missing,
# and the tests that need it are skipped with the same name.
#   scripts/packages.sh                 the peers of the tests
#   scripts/packages.sh NAME...         these
set -uo pipefail
declare -A program=([prometheus]=prometheus [prometheus-node-exporter]=prometheus-node-exporter [python3]=python3 [unshare]=util-linux [ip]=iproute2 [runc]=runc [podman]=podman
  [qemu-system-x86_64]=qemu-system-x86 [busybox]=busybox-static [depmod]=kmod [mkfs.ext4]=e2fsprogs [iptables]=iptables [nft]=nftables [nginx]=nginx-light
  [h2load]=nghttp2-client [nghttpd]=nghttp2-server [nghttpx]=nghttp2-proxy [curl]=curl)
wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=(prometheus prometheus-node-exporter python3 unshare ip qemu-system-x86_64 busybox depmod mkfs.ext4 iptables nft runc podman nginx h2load nghttpd nghttpx curl)

missing=()
for name in "${wanted[@]}"; do
  command -v "$name" >/dev/null 2>&1 || missing+=("${program[$name]:-$name}")
done
# kubectl is not a Debian package of its own: it is used when it is there.
command -v kubectl >/dev/null 2>&1 || echo "missing: kubectl 1.28 or newer (tests that need it are skipped)"
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "missing: ${missing[*]} (tests that need them are skipped; on Debian: sudo apt-get install ${missing[*]})"
  exit 0
fi

# One at a time: a package that cannot be had must not keep the others away.
apt-get update -qq >/dev/null 2>&1 || true
for package in "${missing[@]}"; do
  DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 \
    || echo "missing: $package could not be installed (tests that need it are skipped)"
done
exit 0
