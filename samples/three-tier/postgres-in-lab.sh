#!/bin/sh
# PostgreSQL as a pod of the lab: this machine's own, on the pod's address, with the pod's claim as its data. As root it becomes the user postgres, as which alone it runs.
#   craterctl lab up --manifests samples/three-tier --image crater/three-tier=…/three-tier --image docker.io/library/postgres=samples/three-tier/postgres-in-lab.sh
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
data=$CRATER_VOLUME_DATA/pgdata
as=
if [ "$(id -u)" = 0 ]; then
  as="setpriv --reuid postgres --regid postgres --clear-groups --"
  # The folders of the lab are its own user's; this one has to get through to its data.
  way=$CRATER_VOLUME_DATA
  while [ "$way" != / ] && [ "$way" != /tmp ]; do
    chmod a+x "$way"
    way=$(dirname "$way")
  done
  mkdir -p "$data"
  chown postgres: "$data"
fi
mkdir -p "$data"
chmod 700 "$data"
cd /
if [ ! -f "$data/PG_VERSION" ]; then
  # A file and not a pipe: another user may not open the pipe of this one.
  password=$CRATER_VOLUME_DATA/password
  (umask 077 && printf '%s' "$POSTGRES_PASSWORD" > "$password")
  [ -z "$as" ] || chown postgres: "$password"
  $as "$bin/initdb" --pgdata "$data" --username postgres --auth scram-sha-256 --pwfile "$password" --no-sync
  rm -f "$password"
  # As the image on Docker Hub does it, but for the addresses of the lab alone, which are all loopback.
  echo "host all all 127.0.0.0/8 scram-sha-256" >> "$data/pg_hba.conf"
fi
exec $as "$bin/postgres" -D "$data" -c "listen_addresses=$POD_IP" -c port=5432 -c unix_socket_directories= -c shared_buffers=16MB
