#!/usr/bin/env bash
# Names each failed test of the TRX files, with the beginning of its message and the line it failed at; prints nothing when none failed. Where a file is
# missing, the test program did not come to its end: then what its log (the same name, .log) says failed, and which tests were running.
#   scripts/failures.sh FILE.trx...      at most 6000 characters in all: of many failures, fewer lines each
# Needs bash and awk only.
set -uo pipefail
chars_max=6000

# The TRX file is one element a line, but for messages and stack traces; quotes in it stand as \".
of_results() {
  awk -v lines="$1" '
    function plain(s) { gsub(/\\?&quot;|\\"/, "\"", s); gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&#x[dDaA];/, "", s); gsub(/&amp;/, "\\&", s); gsub(/\r/, "", s); return substr(s, 1, 240) }
    /<UnitTestResult / { failed = / outcome="Failed"/; inside = 0; told = 0; where = ""
      if (failed) { name = $0; sub(/.*<UnitTestResult testName="/, "", name); sub(/" outcome="Failed".*/, "", name); print "FAILED " plain(name) } }
    !failed { next }
    /<Message>/ { inside = 1; sub(/.*<Message>/, "") }
    inside { last = sub(/<\/Message>.*/, ""); if (told++ < lines) print "    " plain($0); if (last) inside = 0; next }
    lines > 0 && where == "" && /:line [0-9]+/ { where = $0; sub(/<\/StackTrace>.*/, "", where); sub(/^.* in /, "", where); print "    at " plain(where) }
    /<\/UnitTestResult>/ { failed = 0 }' "$2"
}

# The log has `    NAME [STARTING]`, `    NAME [FAIL]` with its message indented below it, and `    NAME [FINISHED] Time: …`.
of_log() {
  awk -v lines="$1" '
    / \[STARTING\]$/ { sub(/^ +/, ""); sub(/ \[STARTING\]$/, ""); if (!($0 in at)) { order[++count] = $0 } at[$0] = 1; told = lines; next }
    / \[FINISHED\] Time: / { sub(/^ +/, ""); sub(/ \[FINISHED\] Time: .*/, ""); at[$0] = 0; told = lines; next }
    / \[FAIL\]$/ { sub(/^ +/, ""); sub(/ \[FAIL\]$/, ""); print "FAILED " $0; told = 0; next }
    told < lines && /^      / && !/^      Stack Trace:/ { told++; print "    " substr($0, 7, 240); next }
    { told = lines }
    BEGIN { told = lines }
    END { for (i = 1; i <= count; i++) if (at[order[i]]) print "RUNNING when it was ended: " order[i] }' "$2"
}

list() {
  local lines=$1 file
  shift
  for file in "$@"; do
    if grep -q '<Counters ' "$file" 2>/dev/null; then
      of_results "$lines" "$file"
    elif [ -s "${file%.trx}.log" ]; then
      of_log "$lines" "${file%.trx}.log"
    fi
  done
}

text=
for lines in 12 6 3 1 0; do
  text=$(list "$lines" "$@")
  [ "${#text}" -gt "$chars_max" ] || break
done
[ -n "$text" ] || exit 0
[ "${#text}" -le "$chars_max" ] || text="${text:0:chars_max}
… and more: see the .trx and .log files"
printf '%s\n' "$text"
