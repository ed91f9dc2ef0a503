#!/bin/sh
# What docker/compose.cluster.yaml needs beside make-secrets.sh's: a certificate authority of its own, a certificate for
# each that is reached over the network, and the standby's password. Never touches one that is there already.
set -eu
umask 077
here=$(dirname "$0")
folder=${1:-$here/secrets}
"$here/make-secrets.sh" "$folder"

keep() { # NAME
  chmod 0444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
  echo "made $folder/$1"
}
certificate() { # NAME, and the names and addresses it is reached by
  [ ! -s "$folder/$1_certificate" ] || return 0
  openssl req -newkey rsa:3072 -nodes -subj "/CN=$1" -keyout "$folder/$1_key.new" -out "$folder/$1.csr" 2> /dev/null
  printf 'subjectAltName=%s\n' "$2" > "$folder/$1.ext"
  openssl x509 -req -days 1825 -in "$folder/$1.csr" -CA "$folder/ca" -CAkey "$folder/ca_key" \
    -extfile "$folder/$1.ext" -out "$folder/$1_certificate.new" 2> /dev/null
  rm "$folder/$1.csr" "$folder/$1.ext"
  keep "$1_key"
  keep "$1_certificate"
}

if [ ! -s "$folder/ca" ]; then
  openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=Hearback" \
    -keyout "$folder/ca_key" -out "$folder/ca.new" 2> /dev/null
  keep ca
fi
certificate asterisk_1 "${ASTERISK_1_NAMES:-DNS:asterisk-1}"
certificate asterisk_2 "${ASTERISK_2_NAMES:-DNS:asterisk-2}"
certificate postgres "${POSTGRES_NAMES:-DNS:postgres-1,DNS:postgres-2}"
if [ ! -s "$folder/replication_password" ]; then
  head -c 24 /dev/urandom | base64 -w 0 | tr +/ -_ > "$folder/replication_password.new"
  keep replication_password
fi
if [ ! -s "$folder/cluster_database_url" ]; then
  printf 'postgres://hearback:%s@%s/hearback?sslmode=verify-full&sslrootcert=/run/secrets/ca' \
    "$(cat "$folder/postgres_password")" "${POSTGRES_HOST:-postgres-1}" > "$folder/cluster_database_url.new"
  keep cluster_database_url
fi
echo "Lock $folder/ca_key away once all certificates are made: who has it can pretend to be any of these."
