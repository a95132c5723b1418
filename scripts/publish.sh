#!/usr/bin/env bash
# Puts craterctl as a single file into dist/, and the sample application beside it for `craterctl lab up --app shop`.
#   scripts/publish.sh [RID]     linux-x64, linux-arm64, osx-arm64, win-x64 …; by default this machine's
# craterctl is self-contained, trimmed and compiled ahead of time as far as ReadyToRun goes. The shop is ReadyToRun as well and framework-dependent:
# its eighteen processes share the framework's pages. The lab, and with it the shop, is for Linux.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/sdk.sh
rid=${1:-}
[ -n "$rid" ] || rid=$(dotnet --info | sed -n 's/^ *RID: *//p' | head -n 1)
case $rid in
  *-*) ;;
  *) echo "'$rid' is no runtime identifier; try linux-x64, linux-arm64, osx-arm64 or win-x64." >&2; exit 1 ;;
esac
# A distribution's own identifier, such as debian.12-x64, has no packs of its own; its family has.
case $rid in
  linux-* | osx-* | win-*) ;;
  *) rid=linux-${rid##*-} ;;
esac
host=$(dotnet --info | sed -n 's/^ *RID: *//p' | head -n 1)
out=dist
[ "$rid" = "$host" ] || [ "$rid" = "linux-${host##*-}" ] || out=dist/$rid

dotnet publish src/Crater.Cli -c Release -r "$rid" --self-contained -o "$out" -v q --nologo \
  -p:PublishSingleFile=true -p:PublishTrimmed=true -p:PublishReadyToRun=true -p:DebugType=none -p:RestoreLockedMode=false \
  -p:RestorePackagesWithLockFile=false -p:NuGetLockFilePath=obj/publish.lock.json
# The lab needs a Linux kernel, and the shop needs the lab.
case $rid in
  linux-*) ;;
  *) ls -l "$out"/craterctl*; exit 0 ;;
esac
dotnet publish samples/shop/app -c Release -r "$rid" --no-self-contained -o "$out/shop" -v q --nologo \
  -p:PublishReadyToRun=true -p:DebugType=none -p:RestorePackagesWithLockFile=false -p:NuGetLockFilePath=obj/publish.lock.json
ls -l "$out"/craterctl* "$out"/shop/shop*
