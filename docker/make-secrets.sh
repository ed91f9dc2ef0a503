#!/bin/sh
# Makes the secrets that docker/compose.yaml hands over, and never touches one that is there already.
# The folder lets only its owner in. The files in it are readable, for Docker shows them to other users in the containers.
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"

make() { # NAME, and the value on standard input
  if [ -s "$folder/$1" ]; then
    cat > /dev/null
    echo "kept $folder/$1"
  else
    cat > "$folder/$1.new"
    chmod 0444 "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
    echo "made $folder/$1"
  fi
}
random() { head -c "$1" /dev/urandom | base64 -w 0; }
word() { random 24 | tr +/ -_; }

random 32 | make data_key
random 32 | make master_key
for name in postgres_password serve_password ari_password ami_health_password ami_release_password; do
  word | make "$name"
done
# The tables' owner migrates and restores; the app signs in as one who owns nothing.
printf 'postgres://hearback:%s@localhost/hearback?host=/run/postgresql' "$(cat "$folder/postgres_password")" |
  make owner_database_url
printf 'postgres://hearback_serve:%s@localhost/hearback?host=/run/postgresql' "$(cat "$folder/serve_password")" |
  make database_url
echo "Keep copies of $folder/data_key and master_key in a safe, apart from the backups: without them no telephone number"
echo "can be read, and no story heard."
