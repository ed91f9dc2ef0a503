#!/bin/sh
# Makes the secrets that Hearback's units hand over, and never touches one that is there already. On standard output it
# writes what an administrator of Postgres is to run: the roles, with their passwords; run again, it changes nothing.
#   docker/systemd/make-secrets.sh | runuser -u postgres -- psql -q -v ON_ERROR_STOP=1
# DATABASE_HOST and DATABASE_NAME say where the database is; 127.0.0.1 and hearback when left out.
set -eu
umask 077
folder=${1:-/etc/hearback/secrets}
host=${DATABASE_HOST:-127.0.0.1}
database=${DATABASE_NAME:-hearback}
(umask 022 && mkdir -p "$(dirname "$folder")") # others in it are read by Hearback
mkdir -p "$folder"

make() { # NAME, and the value on standard input
  if [ -s "$folder/$1" ]; then
    cat > /dev/null
    echo "kept $folder/$1" >&2
  else
    cat > "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
    echo "made $folder/$1" >&2
  fi
}
random() { head -c "$1" /dev/urandom | base64 -w 0; }
word() { random 24 | tr +/ -_; }
address() { printf 'postgres://%s:%s@%s/%s' "$1" "$(word)" "$host" "$database" | make "$2"; }
password() { # NAME of a secret that is an address
  found=$(sed -n 's/^[^:]*:[^:]*:\([A-Za-z0-9_-]*\)@.*/\1/p' "$folder/$1")
  [ -n "$found" ] || { echo "make-secrets.sh: $folder/$1 is no address with a password of letters, digits, - and _" >&2; exit 1; }
  printf %s "$found"
}

random 32 | make data-key
random 32 | make master-key
for name in ari-password ami-health-password ami-release-password; do word | make "$name"; done
# The owner of the tables migrates and restores; the app signs in as one who owns nothing.
address hearback_owner owner-database-url
address hearback_serve database-url
echo "Keep copies of $folder/data-key and master-key in a safe, apart from the backups: without them no telephone number" >&2
echo "can be read, and no story heard." >&2

owner=$(password owner-database-url)
serve=$(password database-url)
cat << END
do \$\$
declare wanted text;
begin
  foreach wanted in array array['hearback_owner', 'hearback_serve', 'hearback_app', 'hearback_room'] loop
    if not exists (select from pg_roles where rolname = wanted) then execute 'create role ' || wanted; end if;
  end loop;
end
\$\$;
alter role hearback_owner login password '$owner';
alter role hearback_serve login password '$serve';
grant hearback_room to hearback_app;
grant hearback_app to hearback_serve;
grant hearback_app, hearback_room to hearback_owner with admin option;
grant pg_read_all_stats to hearback_owner;
END
