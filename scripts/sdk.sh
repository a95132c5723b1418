#!/usr/bin/env bash
# Is the .NET SDK there? Says how to get it when it is not.
set -euo pipefail
if ! command -v dotnet >/dev/null 2>&1 || ! dotnet --list-sdks | grep -q '^10\.'; then
  cat >&2 <<'TEXT'
Crater is built with the .NET 10 SDK, and `dotnet` with a 10.0 SDK was not found.
  Debian, Ubuntu:  apt-get install dotnet-sdk-10.0   (with Microsoft's package feed where the distribution has none)
  macOS:           brew install dotnet-sdk
  Windows:         winget install Microsoft.DotNet.SDK.10
  anywhere:        the installer of https://dotnet.microsoft.com/download
TEXT
  exit 1
fi
