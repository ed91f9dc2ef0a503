#!/bin/bash
# Run once by the image, in a new database: the user as whom the standby copies. From the next start on a commit
# counts only once the standby has it on its disk too: no attempt and no key is lost with one machine.
set -euo pipefail
password=$(cat "${POSTGRES_SECRETS:-/run/secrets}/replication_password")
psql -v ON_ERROR_STOP=1 -v password="$password" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" << 'END'
create role replicator login replication password :'password';
alter system set synchronous_standby_names = 'FIRST 1 (standby)';
END
