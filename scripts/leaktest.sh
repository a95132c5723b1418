#!/usr/bin/env bash
# Lives through at least N deaths of craterd's processes: every fault, every process, serve included, at every step, killed, asked to end and stopped for longer than
# the lease, with full disks, targets that go away or are another's, and random sequences of overlapping faults, again and again. Ends at the first round in which
# anything was left, with 1; with 0 and a summary when so many have died.
#   scripts/leaktest.sh [N]      10000 unless it is said; fewer than a round has are spread evenly over all that there are
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=${1:-10000}
case $wanted in
  '' | *[!0-9]* | 0*) echo "'$wanted' is no number of deaths; write one above zero." >&2; exit 2 ;;
esac
scripts/sdk.sh
scripts/packages.sh
dotnet build tests/Crater.EndToEnd.Tests -v q --nologo
scripts/ahead.sh tests/Crater.EndToEnd.Tests/bin/Debug/net10.0
mkdir -p artifacts/tests
counted=artifacts/tests/leaktest.deaths
: >"$counted"
deaths() { wc -l <"$counted" | tr -d ' '; }
summary() {
  echo "$(deaths) deaths of $wanted in $round rounds, over $(cut -d: -f1 "$counted" | sort -u | wc -l | tr -d ' ') faults; by who died:"
  sed 's/^[^:]*: \([A-Za-z]*\) at .*/\1/' "$counted" | sort | uniq -c
}
round=0
while [ "$(deaths)" -lt "$wanted" ]; do
  round=$((round + 1))
  before=$(deaths)
  # All that there are come to more than this; a smaller number is a share of them.
  share=all
  [ "$wanted" -ge 2000 ] || share=$wanted
  CRATER_KILLS=$share CRATER_KILLS_LOG=$PWD/$counted CRATER_SEQUENCES=100 dotnet exec tests/Crater.EndToEnd.Tests/bin/Debug/net10.0/Crater.EndToEnd.Tests.dll -noColor \
    -class Crater.EndToEnd.Tests.Agent.KillMatrixTests -class Crater.EndToEnd.Tests.Agent.StopMatrixTests -class Crater.EndToEnd.Tests.Agent.FullDiskMatrixTests \
    -class Crater.EndToEnd.Tests.Agent.HardEndingTests -class Crater.EndToEnd.Tests.Agent.NewcomerTests -class Crater.EndToEnd.Tests.Agent.OverlapTests </dev/null \
    || { echo "Round $round left something, or a case failed; see above." >&2; summary; exit 1; }
  echo "round $round: $(deaths) deaths of $wanted, nothing left"
  # Where every test is skipped, nobody dies, and the number would never be reached.
  [ "$(deaths)" -gt "$before" ] || { echo "Nobody died in a whole round: what is missing here is named above." >&2; exit 1; }
done
summary
