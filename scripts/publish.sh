#!/usr/bin/env bash
# Puts craterctl and craterd as single files into dist/, and the sample application beside it for `craterctl lab up --app shop`.
#   scripts/publish.sh [RID]     linux-x64, linux-arm64, osx-arm64, win-x64 …; by default this machine's
# craterctl and craterd are self-contained, trimmed and compiled ahead of time as far as ReadyToRun goes. The shop is ReadyToRun as well and framework-dependent:
# its eighteen processes share the framework's pages. The agent, the lab, and with it the shop, are for Linux.
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

# The packages that only a publication needs (the runtime, its compiler) differ from machine to machine, so no lock file holds them.
lockless=(-p:RestorePackagesWithLockFile=false -p:NuGetLockFilePath=obj/publish.lock.json)
# The compiler ahead of time learns from the runtime's own descriptors which methods only the runtime calls; the trimmer throws them away unless it is told, and
# then some fifty methods are compiled anew at every start.
publish() { dotnet publish "$@" -c Release -r "$rid" -v q --nologo -p:PublishReadyToRun=true -p:DebugType=none "-p:_ExtraTrimmerArgs=--strip-descriptors false" "${lockless[@]}"; }

if ! dotnet restore src/Crater.Cli -r "$rid" -v q --nologo -p:SelfContained=true -p:PublishSingleFile=true -p:PublishTrimmed=true \
  -p:PublishReadyToRun=true "${lockless[@]}"; then
  echo "The packages for $rid could not be had. Needed beside the SDK: Microsoft.NETCore.App.Runtime.$rid, Microsoft.AspNetCore.App.Runtime.$rid" >&2
  echo "and Microsoft.NETCore.App.Crossgen2 for this machine. Nothing in the projects depends on $rid: publish where the package source has them." >&2
  exit 1
fi
# Code for processors since 2013 (Intel) and 2015 (AMD): on older ones what needs their instructions is compiled while it runs. Without it, it always is.
# Small code (--Os): most of it runs once, and what is hot is compiled anew.
fast=(-p:PublishReadyToRunCrossgen2ExtraArgs=--Os)
[ "$rid" != linux-x64 ] || fast=("-p:PublishReadyToRunCrossgen2ExtraArgs=--Os%3B--instruction-set:x86-64-v3")
publish src/Crater.Cli --no-restore "${fast[@]}" --self-contained -o "$out" -p:PublishSingleFile=true -p:PublishTrimmed=true
# Called as chaos, craterctl takes that tool's command line.
ln -sfn craterctl "$out/chaos"
# The agent and the lab need a Linux kernel, and the shop needs the lab.
case $rid in
  linux-*) ;;
  *) ls -l "$out"/craterctl*; exit 0 ;;
esac
if ! dotnet restore src/Crater.Agent -r "$rid" -v q --nologo -p:SelfContained=true -p:PublishSingleFile=true -p:PublishTrimmed=true \
  -p:PublishReadyToRun=true "${lockless[@]}"; then
  echo "The packages for craterd on $rid could not be had: Microsoft.NETCore.App.Runtime.$rid and Microsoft.NETCore.App.Crossgen2 for this machine." >&2
  exit 1
fi
publish src/Crater.Agent --no-restore --self-contained -o "$out" -p:PublishSingleFile=true -p:PublishTrimmed=true
# ChaosMeta's scripts find the agent under its old name.
ln -sfn craterd "$out/chaosmetad"
publish samples/shop/app --no-self-contained -o "$out/shop"
rm -rf "$out"/shop/{resilient,fragile,variants}
cp -r samples/shop/{resilient,fragile,variants,load.yaml} "$out/shop/"
ls -l "$out"/craterctl* "$out"/craterd* "$out"/shop/shop*
