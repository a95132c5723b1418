#!/usr/bin/env bash
# Sums the counters of TRX files and prints, as its last line, `N passed, N failed, N skipped`; above it, which tests failed and how (scripts/failures.sh).
# A file that is missing, or counts no test, is one failure.
set -uo pipefail
passed=0 failed=0 skipped=0
for file in "$@"; do
  counters=$(grep -o '<Counters [^>]*' "$file" 2>/dev/null | head -n 1)
  if [ -z "$counters" ] || grep -q ' total="0"' <<<"$counters"; then
    echo "no test results: $file" >&2
    failed=$((failed + 1))
    continue
  fi

  number() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  total=$(number total) ok=$(number passed) bad=$(number failed) errors=$(number error)
  passed=$((passed + ${ok:-0}))
  failed=$((failed + ${bad:-0} + ${errors:-0}))
  skipped=$((skipped + ${total:-0} - ${ok:-0} - ${bad:-0} - ${errors:-0}))
done
"$(dirname "$0")/failures.sh" "$@"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
