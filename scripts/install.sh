#!/usr/bin/env bash
# Copies dist/ to $PREFIX (by default ~/.local): the program into bin/, the sample application beside it into bin/shop.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${PREFIX:-$HOME/.local}
mkdir -p "$prefix/bin/shop"
install -m 755 dist/craterctl "$prefix/bin/craterctl"
cp -r dist/shop/. "$prefix/bin/shop/"
echo "installed: $prefix/bin/craterctl"
case ":$PATH:" in
  *":$prefix/bin:"*) ;;
  *) echo "$prefix/bin is not on PATH." ;;
esac
