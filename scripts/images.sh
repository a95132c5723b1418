#!/usr/bin/env bash
# Builds the images of the server (nobody's user, a root file system that it never writes to), of craterctl, and of the agent (root, for host faults), with the SDK alone and no daemon:
# dist/images/NAME.tar.gz, and beside each its bill of materials, NAME.cdx.json. Prints version and digest. Load one with `docker load -i`, `podman load -i` or `ctr image import`.
#   scripts/images.sh [server|craterctl|agent…]      all of them by default
# BASE_IMAGE names the base, by default the SDK's own choice (runtime-deps). BASE_IMAGE=local makes one from this machine's C library and certificates, and hands it over through a registry on loopback: the same
# way, for machines that reach no registry. REGISTRY=host/path pushes instead of writing files, as whoever `docker login` has signed in.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/sdk.sh
version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
base=${BASE_IMAGE:-}
work=$(mktemp -d)
registry=
finish() {
  [ -z "$registry" ] || kill "$registry" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
if [ "$base" = local ]; then
  root=$work/root
  mkdir -p "$root"/{etc/ssl/certs,tmp,proc,sys,dev,run,var/lib/crater,app}
  chmod 1777 "$root/tmp"
  # What a self-contained .NET program is linked to, and TLS, which it looks for at run time.
  tls=$(ldconfig -p | sed -n 's/.*=> \(.*lib\(ssl\|crypto\)\.so\.3\)$/\1/p')
  cpp=$(ldconfig -p | sed -n 's/.*=> \(.*libstdc++\.so\.6\)$/\1/p')
  { ldd $tls $cpp | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^\t\(\/[^ ]*\) .*/\1/p'; printf '%s\n' $tls $cpp; for name in libdl librt libpthread libnss_dns libnss_files libresolv; do ldconfig -p | sed -n "s/.*=> \(.*$name\.so\.[0-9]*\)$/\1/p"; done; } | sort -u | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
  [ ! -f /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  printf 'root:x:0:0:root:/root:/none\napp:x:1654:1654:app:/app:/none\n' > "$root/etc/passwd"
  printf 'root:x:0:\napp:x:1654:\n' > "$root/etc/group"
  tar -C "$root" --numeric-owner --owner=0 --group=0 --sort=name --mtime=@0 -cf "$work/root.tar" .
  dotnet build scripts/base-registry.cs -v q --nologo -o "$work/registry" >/dev/null
  "$work/registry/base-registry" "$work/root.tar" "$work/address" &
  registry=$!
  for _ in $(seq 600); do
    [ ! -s "$work/address" ] || break
    kill -0 "$registry" 2>/dev/null || { echo "The registry on loopback has ended." >&2; exit 1; }
    sleep 0.1
  done
  base=$(cat "$work/address")
fi
rid=linux-$(case $(uname -m) in aarch64) echo arm64 ;; *) echo x64 ;; esac)
mkdir -p dist/images
image() { # NAME PROJECT USER
  local archive=$PWD/dist/images/$1.tar.gz target
  rm -f "$archive"
  if [ -n "${REGISTRY:-}" ]; then
    target=("-p:ContainerRegistry=${REGISTRY%%/*}" "-p:ContainerRepository=$(printf '%s' "${REGISTRY#*/}/" | sed 's/^[^/]*\.[^/]*\/$//')$1")
  else
    target=("-p:ContainerRepository=crater/$1" "-p:ContainerArchiveOutputPath=$archive")
  fi
  # Native files beside the program, and what only a publication needs, are in no lock file: they differ from machine to machine.
  if ! dotnet publish "$2" -c Release -r "$rid" --self-contained -t:PublishContainer -v q --nologo -p:DebugType=none -p:PublishReadyToRun=true \
    ${base:+"-p:ContainerBaseImage=$base"} "-p:ContainerImageTag=$version" "-p:ContainerUser=$3" -p:ContainerWorkingDirectory=/app/ "-p:ContainerDescription=Crater: $1" \
    -p:RestorePackagesWithLockFile=false -p:NuGetLockFilePath=obj/publish.lock.json "${target[@]}" --getProperty:GeneratedContainerDigest > "$work/digest"; then
    cat "$work/digest" >&2
    echo "The image $1 was not built. Where the registry of the base image cannot be reached, name another: BASE_IMAGE=… , or BASE_IMAGE=local." >&2
    return 1
  fi
  dotnet run scripts/sbom.cs "$2" "crater/$1" "$version" "dist/images/$1.cdx.json"
  echo "crater/$1:$version $(tail -n 1 "$work/digest")${REGISTRY:+ in $REGISTRY}"
}
[ $# -gt 0 ] || set -- server craterctl agent
for name in "$@"; do
  case $name in
    server) image server src/Crater.Server 1654 ;;
    craterctl) image craterctl src/Crater.Cli 1654 ;;
    # Namespaces, control groups and queues of a host are root's.
    agent) image agent src/Crater.Agent 0 ;;
    *) echo "'$name' is no image; there are server, craterctl and agent." >&2; exit 1 ;;
  esac
done
