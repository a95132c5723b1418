#!/usr/bin/env bash
# Builds the shop's container image with the SDK alone, no daemon: dist/crater-shop.tar.gz, tagged with every role, since the manifests name
# crater/shop:ROLE. Load it with `docker load -i`, `podman load -i`, `kind load image-archive` or `ctr image import`.
#   scripts/image.sh             build
#   scripts/image.sh run ROLE    build, load and run one role
# The base image comes from a registry; BASE_IMAGE names another one, e.g. one that a registry of your own has.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/sdk.sh
roles=$(sed -n 's/^    \["\([a-z-]*\)"\] = .*/\1/p' samples/shop/app/Program.cs | paste -sd ';')
mkdir -p dist
rm -f dist/crater-shop.tar.gz
if ! dotnet publish samples/shop/app -c Release -r linux-x64 --no-self-contained -t:PublishContainer -v q --nologo \
  -p:PublishReadyToRun=true -p:ContainerRepository=crater/shop "-p:ContainerImageTags=\"$roles\"" \
  "-p:ContainerArchiveOutputPath=$PWD/dist/crater-shop.tar.gz" ${BASE_IMAGE:+"-p:ContainerBaseImage=$BASE_IMAGE"} \
  -p:RestorePackagesWithLockFile=false -p:NuGetLockFilePath=obj/publish.lock.json || [ ! -s dist/crater-shop.tar.gz ]; then
  echo "The image was not built. Where the base image's registry cannot be reached, name a base image that can: BASE_IMAGE=… make image." >&2
  exit 1
fi
ls -l dist/crater-shop.tar.gz
if [ "${1:-}" = run ]; then
  engine=$(command -v docker || command -v podman) || { echo "Neither docker nor podman is here to run it." >&2; exit 1; }
  "$engine" load -i dist/crater-shop.tar.gz
  exec "$engine" run --rm -e "SHOP_ROLE=$2" -e POD_IP=0.0.0.0 -e PORT=8080 -p 127.0.0.1:8080:8080 "crater/shop:$2"
fi
