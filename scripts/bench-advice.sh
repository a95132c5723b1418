#!/usr/bin/env bash
# How good the advice is. Without arguments both parts, which takes the better part of an hour, and docs/benchmarks/advice.md is written. --static: only what needs no lab, some minutes.
# --quick: the lab with the rules' experiments alone, and nothing is written. --again: what was run before is not taken from artifacts/advice-runs.jsonl.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/sdk.sh
parts="advice-static advice-dynamic" quick=""
for arg in "$@"; do
  case "$arg" in
    --static) parts=advice-static ;;
    --quick) parts=advice-dynamic quick=--quick ;;
    --again) rm -f artifacts/advice-runs.jsonl ;;
    *) echo "bench-advice knows --static, --quick and --again, and not $arg." >&2; exit 2 ;;
  esac
done
dotnet build -c Release samples/shop/app -v q --nologo
# shellcheck disable=SC2086 # one word each
exec dotnet run -c Release --project tests/Crater.Benchmarks -- $parts $quick
