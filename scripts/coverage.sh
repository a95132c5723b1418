#!/usr/bin/env bash
# Line coverage of the unit tests into artifacts/coverage/, by the `dotnet-coverage` tool where it is installed. The extensions that would do it
# inside the runner do not restore everywhere, so they are no dependency of the project; without the tool the tests run, and it says so.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/sdk.sh || exit 1
if ! command -v dotnet-coverage >/dev/null 2>&1; then
  echo "missing: dotnet-coverage (dotnet tool install --global dotnet-coverage); running the tests without it."
  exec scripts/test.sh Crater.Tests
fi
mkdir -p artifacts/coverage
dotnet build tests/Crater.Tests -v q --nologo || exit 1
exec dotnet-coverage collect --output artifacts/coverage/crater.cobertura.xml --output-format cobertura \
  dotnet exec tests/Crater.Tests/bin/Debug/net10.0/Crater.Tests.dll -noColor
