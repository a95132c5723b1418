#!/usr/bin/env bash
# Lives through at least N deaths of craterd's processes: every fault, every process, every step, killed, asked to end and stopped for longer than the lease, and
# random sequences of overlapping faults, again and again. Ends at the first round in which anything was left.
#   scripts/leaktest.sh [N]      10000 unless it is said
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=${1:-10000}
scripts/sdk.sh
scripts/packages.sh
dotnet build tests/Crater.EndToEnd.Tests -v q --nologo
scripts/ahead.sh tests/Crater.EndToEnd.Tests/bin/Debug/net10.0
mkdir -p artifacts/tests
counted=artifacts/tests/leaktest.deaths
: >"$counted"
round=0
while [ "$(wc -l <"$counted")" -lt "$wanted" ]; do
  round=$((round + 1))
  before=$(wc -l <"$counted")
  CRATER_KILLS=all CRATER_KILLS_LOG=$PWD/$counted CRATER_SEQUENCES=100 dotnet exec tests/Crater.EndToEnd.Tests/bin/Debug/net10.0/Crater.EndToEnd.Tests.dll -noColor \
    -class Crater.EndToEnd.Tests.Agent.KillMatrixTests -class Crater.EndToEnd.Tests.Agent.StopMatrixTests \
    -class Crater.EndToEnd.Tests.Agent.HardEndingTests -class Crater.EndToEnd.Tests.Agent.OverlapTests </dev/null \
    || { echo "Round $round left something, or a case failed; see above." >&2; exit 1; }
  echo "round $round: $(wc -l <"$counted") deaths of $wanted, nothing left"
  # Where every test is skipped, nobody dies, and the number would never be reached.
  [ "$(wc -l <"$counted")" -gt "$before" ] || { echo "Nobody died in a whole round: what is missing here is named above." >&2; exit 1; }
done
