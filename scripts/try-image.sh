#!/usr/bin/env bash
# Builds the image for a five-minute try: craterd, craterctl with its lab, and a victim (a role of the sample shop), on busybox. No registry and no daemon is needed:
# everything comes from dist/ and from this machine. dist/crater-try.tar.gz is a file system; `podman import` or `docker import` makes an image of it.
#   scripts/try-image.sh           build
#   scripts/try-image.sh import    build, and import it as localhost/crater/try
# DIST names another folder than dist/ with what scripts/publish.sh has made.
set -euo pipefail
cd "$(dirname "$0")/.."
dist=${DIST:-dist}
if [ ! -x "$dist/craterctl" ] || [ ! -x "$dist/craterd" ] || [ ! -x "$dist/shop/shop" ]; then
  scripts/publish.sh
fi
for tool in busybox unshare setpriv; do
  command -v "$tool" >/dev/null || { echo "$tool is missing, of which the image is made (Debian packages busybox-static, util-linux)." >&2; exit 1; }
done
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc,proc,sys,dev,root,run,usr/bin,usr/local/bin,usr/share/dotnet,var/lib/crater,srv/crater,tmp,lib64}
chmod 1777 "$root/tmp"
cp "$(command -v busybox)" "$root/bin/busybox"
for name in $("$root/bin/busybox" --list); do
  # Of these the real ones, which can do more.
  [ "$name" = unshare ] || [ "$name" = setpriv ] || [ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
done
cp "$(command -v unshare)" "$(command -v setpriv)" "$root/usr/bin/"
cp "$dist/craterctl" "$dist/craterd" "$root/usr/local/bin/"
ln -s craterctl "$root/usr/local/bin/chaos"
cp -r "$dist/shop" "$root/usr/local/bin/shop"
# The shop runs on the shared framework, of the version that it was built for.
version=$(sed -n 's/.*"version": "\([0-9]*\.[0-9]*\)\.[^"]*".*/\1/p' "$dist/shop/shop.runtimeconfig.json" | head -n 1)
cp -r "$dotnet/host" "$dotnet/dotnet" "$root/usr/share/dotnet/"
for framework in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
  mkdir -p "$root/usr/share/dotnet/shared/$framework"
  cp -r "$(find "$dotnet/shared/$framework" -maxdepth 1 -name "$version.*" | sort -V | tail -n 1)" "$root/usr/share/dotnet/shared/$framework/"
done
ln -s /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
# The libraries that these programs are linked to, and those for TLS, which are looked for at run time.
tls=$(ldconfig -p | sed -n 's/.*=> \(.*lib\(ssl\|crypto\)\.so\.3\)$/\1/p')
{ ldd "$dist/craterctl" "$dist/craterd" "$dist/shop/shop" "$(command -v unshare)" "$(command -v setpriv)" "$dotnet/dotnet" $tls | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^\t\(\/[^ ]*\) .*/\1/p'; echo "$tls"; } | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
printf 'root:x:0:0:root:/root:/bin/sh\ncrater:x:1000:1000:crater:/srv/crater:/bin/sh\n' > "$root/etc/passwd"
printf 'root:x:0:\ncrater:x:1000:\n' > "$root/etc/group"
printf '127.0.0.1 localhost\n' > "$root/etc/hosts"
cat > "$root/usr/local/bin/crater-try" <<'TRY'
#!/bin/sh
# The victim: a payment service at port 7070 that runs as nobody in particular. Ends with the container.
trap 'exit 0' TERM INT
SHOP_ROLE=external-payment POD_IP=0.0.0.0 PORT=7070 HOME=/srv/crater /usr/bin/setpriv --reuid 1000 --regid 1000 --clear-groups /usr/local/bin/shop/shop >/srv/crater/victim.log 2>&1 &
# This shell is the first process here, and has to take leave of all others.
while :; do sleep 3600 & wait $!; done
TRY
chmod 755 "$root/usr/local/bin/crater-try"
mkdir -p dist
tar -C "$root" --numeric-owner --owner=0 --group=0 --exclude=./srv/crater -cf dist/crater-try.tar .
tar -C "$root" --numeric-owner --owner=1000 --group=1000 -rf dist/crater-try.tar ./srv/crater
gzip -1 -f dist/crater-try.tar
ls -l dist/crater-try.tar.gz
if [ "${1:-}" = import ]; then
  engine=$(command -v podman || command -v docker) || { echo "Neither podman nor docker is here to import it." >&2; exit 1; }
  "$engine" import -c 'ENTRYPOINT ["/usr/local/bin/crater-try"]' -c 'ENV PATH=/usr/local/bin:/usr/bin:/bin' -c 'ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1' -c 'ENV DOTNET_ROOT=/usr/share/dotnet' -c 'ENV HOME=/root' \
    dist/crater-try.tar.gz crater/try
fi
