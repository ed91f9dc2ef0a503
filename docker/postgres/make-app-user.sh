#!/bin/bash
# Run once by the image, in a new database: the user as whom the app signs in, who may read and write every row and owns
# nothing. The tables' owner, as whom migrate and restore run, is the image's own user.
set -euo pipefail
password=$(cat "${POSTGRES_SECRETS:-/run/secrets}/serve_password")
psql -v ON_ERROR_STOP=1 -v password="$password" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" << 'END'
create role hearback_app nologin;
create role hearback_serve login password :'password' in role hearback_app;
END
