#!/usr/bin/env bash
# Builds and runs one test project, writes artifacts/tests/NAME.trx, and ends with a summary that counts the skipped tests and says what was missing.
#   scripts/test.sh Crater.Tests [options of the test program, e.g. -namespace Crater.Tests.Runs]
set -uo pipefail
cd "$(dirname "$0")/.."
project=$1
shift
results=artifacts/tests
mkdir -p "$results"
rm -f "$results/$project.trx" "$results/$project.log"

scripts/sdk.sh || exit 1
scripts/packages.sh
dotnet build "tests/$project" -v q --nologo || exit 1
case $project in
  *.EndToEnd.*) scripts/ahead.sh "tests/$project/bin/Debug/net10.0" ;;
esac

# To a file and not through a pipe: a process that a dying test left behind would hold a pipe open, and this script with it. The file has every
# test's beginning and end, so that it says which ones were running when the program was ended; what is shown leaves those lines out.
# The limit is for a test that hangs; it is far above what the tests need. On two processors both programs together take less than half an hour; a
# test that takes longer than two minutes is named while it runs.
log=$results/$project.log
# End to end, most of the time is spent waiting (for a deadline, for a machine to boot), so that there is room for half as many again as processors.
threads=()
case $project in
  *.EndToEnd.*) seconds=${CRATER_TEST_SECONDS:-2100} threads=(-maxThreads 1.5x) ;;
  *) seconds=${CRATER_TEST_SECONDS:-480} ;;
esac
most=${CRATER_TEST_SECONDS_MAX:-$seconds}
[ "$seconds" -le "$most" ] || seconds=$most
limit=()
command -v timeout >/dev/null 2>&1 && limit=(timeout --kill-after=20 "$seconds")
: >"$log"
${limit[@]+"${limit[@]}"} dotnet exec "tests/$project/bin/Debug/net10.0/$project.dll" -noColor -reporter verbose -longRunning 120 -trx "$results/$project.trx" ${threads[@]+"${threads[@]}"} "$@" </dev/null >"$log" 2>&1 &
runner=$!
trap 'kill -TERM "$runner" 2>/dev/null' TERM INT HUP
tail -n +1 -f "$log" > >(grep --line-buffered -v -e ' \[STARTING\]$' -e ' \[FINISHED\] Time: ') &
follower=$!
wait "$runner"
code=$?
# A signal ends the first waiting only.
wait "$runner" 2>/dev/null
sleep 1
kill "$follower" 2>/dev/null
wait "$follower" 2>/dev/null

if [ "$code" -eq 124 ] || [ "$code" -ge 128 ]; then
  # What it counted until then is not the whole, and must not read as success: without the file, the program is one failure.
  rm -f "$results/$project.trx"
  echo "FAILED: $project was ended before it had come to its end (code $code; its limit is $seconds s)." >&2
fi

# What the runner prints of a skipped test: its name with [SKIP], and the reason on the next line.
echo
if grep -q '\[SKIP\]' "$log"; then
  echo "Skipped, by what was missing:"
  grep -A1 '\[SKIP\]' "$log" | grep -v -e '\[SKIP\]' -e '^--$' | sed 's/^ *//' | sort | uniq -c | sort -rn
fi
# Where the time went, for whoever wants less of it: classes run side by side, so that the sum of all is more than the whole took.
if [ -s "$results/$project.trx" ]; then
  echo "Seconds of the ten slowest classes:"
  awk '
    /<UnitTestResult / {
      name = $0; sub(/.*testName="/, "", name); sub(/" outcome=.*/, "", name); sub(/\(.*/, "", name); sub(/\.[^.]*$/, "", name)
      time = $0; sub(/.* duration="/, "", time); sub(/".*/, "", time); split(time, part, ":")
      seconds[name] += part[1] * 3600 + part[2] * 60 + part[3] }
    END { for (name in seconds) printf "%9.1f  %s\n", seconds[name], name }' "$results/$project.trx" | sort -rn | head -n 10
fi
scripts/results.sh "$results/$project.trx" || code=1
exit "$code"
