#!/usr/bin/env bash
# Compiles the programs in a folder ahead of time, in place: the tests start thousands of them, and one that compiles itself while it runs takes twice the
# processor's time for a start, and many times that in an emulated machine. The assemblies stay what they were, with native code beside them.
#   scripts/ahead.sh FOLDER      e.g. tests/Crater.EndToEnd.Tests/bin/Debug/net10.0
# Kept by content in artifacts/ahead, so that only what has changed is compiled. Where the compiler cannot be had it says so: all runs as well, but slower.
set -uo pipefail
cd "$(dirname "$0")/.."
folder=$1
kept=artifacts/ahead
case $(uname -sm) in
  "Linux x86_64") arch=x64 ;;
  "Linux aarch64") arch=arm64 ;;
  *) exit 0 ;;
esac
mkdir -p "$kept"
touch "$kept/compiled"

sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
todo=()
for file in "$folder"/{craterd,craterctl,shop,Crater*,YamlDotNet,Spectre.Console,System.CommandLine}.dll; do
  [ -e "$file" ] || continue
  grep -qx "$(sum "$file")" "$kept/compiled" || todo+=("$file")
done
[ ${#todo[@]} -gt 0 ] || exit 0

# The SDK knows the compiler that suits it, and fetches it for a project that is published ahead of time; this one is never built.
cat >"$kept/compiler.csproj" <<TEXT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <RuntimeIdentifier>linux-$arch</RuntimeIdentifier>
    <SelfContained>false</SelfContained>
    <PublishReadyToRun>true</PublishReadyToRun>
    <RestorePackagesWithLockFile>false</RestorePackagesWithLockFile>
  </PropertyGroup>
</Project>
TEXT
said=$(timeout 180 dotnet restore "$kept/compiler.csproj" -v q --nologo 2>&1)
compiler=$(dotnet msbuild "$kept/compiler.csproj" -t:ResolveFrameworkReferences -getItem:ResolvedCrossgen2Pack 2>/dev/null \
  | sed -n 's/.*"PackageDirectory": "\(.*\)".*/\1/p' | head -n 1)/tools/crossgen2
if [ ! -x "$compiler" ]; then
  echo "missing: the package Microsoft.NETCore.App.Crossgen2.linux-$arch; the tests' programs compile themselves at each start. $said"
  exit 0
fi
references=()
for name in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
  references+=(-r "$(dotnet --list-runtimes | sed -n "s|^$name \(10[^ ]*\) \[\(.*\)\]|\2/\1/*.dll|p" | tail -n 1)")
done

# Under its sum beside the others, and then in place of what was built: a process that has the old file open keeps it.
compile() {
  local file=$1 out
  out=$kept/$(sum "$file").dll
  if [ ! -s "$out" ]; then
    "$compiler" "$file" "${references[@]}" -r "$folder/*.dll" --targetos linux --targetarch "$arch" -O -o "$out.half" >"$out.log" 2>&1 \
      || { echo "$file was not compiled ahead of time:"; head -n 5 "$out.log"; rm -f "$out.half"; return; }
    mv "$out.half" "$out"
    sum "$out" >>"$kept/compiled"
  fi
  touch "$out"
  cp "$out" "$file.half" && mv "$file.half" "$file"
}

# What nothing has asked for in a week is not asked for again.
find "$kept" -type f \( -name '*.dll' -o -name '*.log' \) -mtime +7 -delete
running=0
for file in "${todo[@]}"; do
  [ "$running" -lt "$(nproc)" ] || { wait -n; running=$((running - 1)); }
  compile "$file" &
  running=$((running + 1))
done
wait
