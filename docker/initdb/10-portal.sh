#!/bin/sh
# Runs once, when the data directory is made: the roles, in the still empty database that the owner will migrate.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set owner_password="$PORTAL_OWNER_PASSWORD" \
    --set web_password="$PORTAL_WEB_PASSWORD" \
    --set worker_password="$PORTAL_WORKER_PASSWORD" \
    --set backup_password="$PORTAL_BACKUP_PASSWORD" \
    --file /portal/roles.sql
