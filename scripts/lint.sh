#!/usr/bin/env bash
# White space as .editorconfig says, analyzers and warnings as errors, and shell scripts that can at least be parsed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/sdk.sh
for script in scripts/*.sh .ci/run; do
  bash -n "$script"
done
if command -v shellcheck >/dev/null 2>&1; then
  shellcheck scripts/*.sh .ci/run
fi
dotnet restore Crater.slnx --locked-mode -v q --nologo
dotnet format whitespace Crater.slnx --no-restore --verify-no-changes
dotnet build Crater.slnx --no-restore -v q --nologo -warnaserror
