#!/usr/bin/env bash
# Copies dist/ to $PREFIX (by default ~/.local): the program into bin/, the sample application beside it into bin/shop.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${PREFIX:-$HOME/.local}
mkdir -p "$prefix/bin/shop"
install -m 755 dist/craterctl "$prefix/bin/craterctl"
if [ -e dist/craterd ]; then
  install -m 755 dist/craterd "$prefix/bin/craterd"
fi
# A chaos that somebody else put there is theirs.
if [ -e "$prefix/bin/chaos" ] && [ "$(readlink "$prefix/bin/chaos" || true)" != craterctl ]; then
  echo "$prefix/bin/chaos is there already and was left alone; for Crater's: ln -sfn craterctl $prefix/bin/chaos"
else
  ln -sfn craterctl "$prefix/bin/chaos"
fi
# kubectl runs what is called kubectl-NAME as "kubectl NAME".
ln -sfn craterctl "$prefix/bin/kubectl-crater"
cp -r dist/shop/. "$prefix/bin/shop/"
echo "installed: $prefix/bin/craterctl"
case ":$PATH:" in
  *":$prefix/bin:"*) ;;
  *) echo "$prefix/bin is not on PATH." ;;
esac
