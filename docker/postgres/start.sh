#!/bin/bash
# Postgres as primary or as its standby, for compose.cluster.yaml. A volume that holds a database goes on with it, in
# the role it was left in; an empty one becomes a new database (primary), or a copy of the other's (standby).
set -euo pipefail
umask 077
data=${PGDATA:-/var/lib/postgresql/18/docker}
config=${POSTGRES_CONFIG:-/etc/hearback}
secrets=${POSTGRES_SECRETS:-/run/secrets}
run=${POSTGRES_RUN:-/tmp/hearback}
mkdir -p "$run"
# Postgres takes a key only from a file that nobody else can read.
install -m 0600 "$secrets/postgres_key" "$run/key.pem"

# Sent to the other by name and password, over TLS.
passwords() { printf '*:*:*:replicator:%s\n' "$(cat "$secrets/replication_password")" > "$run/pgpass"; }
passwords

settings=(-c listen_addresses="${POSTGRES_LISTEN:-*}" -c hba_file="$config/pg_hba.conf"
  -c ssl=on -c ssl_cert_file="$secrets/postgres_certificate" -c ssl_key_file="$run/key.pem" -c wal_keep_size=1GB)

if [ "${POSTGRES_ROLE:?primary or standby}" = standby ] && [ ! -s "$data/PG_VERSION" ]; then
  origin="host=${POSTGRES_PRIMARY:?the name or address of the primary} port=${POSTGRES_PRIMARY_PORT:-5432} user=replicator"
  origin="$origin passfile=$run/pgpass sslmode=verify-full sslrootcert=$secrets/ca application_name=standby"
  pg_basebackup -D "$data" -R -X stream -c fast -d "$origin"
fi
exec "${POSTGRES_ENTRYPOINT:-docker-entrypoint.sh}" postgres "${settings[@]}" "$@"
