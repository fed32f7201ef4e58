-- The portal's database roles, run once by a superuser in the portal's database; can be run again.
-- Passwords: psql -v web_password=… -v worker_password=… -v owner_password=… -v backup_password=… (none: socket trust).
\set ON_ERROR_STOP on

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['portal_owner', 'portal_web', 'portal_worker', 'portal_backup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I', name);
        END IF;
    END LOOP;
END $$;

-- Owns and migrates. BYPASSRLS, because a data migration under FORCE ROW LEVEL SECURITY would silently see no rows.
ALTER ROLE portal_owner LOGIN BYPASSRLS NOSUPERUSER NOCREATEROLE NOCREATEDB;
-- The portal itself: neither owner nor bypass.
ALTER ROLE portal_web LOGIN NOBYPASSRLS NOSUPERUSER NOCREATEROLE NOCREATEDB;
ALTER ROLE portal_worker LOGIN NOBYPASSRLS NOSUPERUSER NOCREATEROLE NOCREATEDB;
-- Reads everything, writes nothing: a dump made as another role would be empty without an error.
ALTER ROLE portal_backup LOGIN BYPASSRLS NOSUPERUSER NOCREATEROLE NOCREATEDB;
GRANT pg_read_all_data TO portal_backup;

ALTER ROLE portal_web SET statement_timeout = '15s';
ALTER ROLE portal_web SET lock_timeout = '3s';
ALTER ROLE portal_web SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE portal_worker SET statement_timeout = '120s';
ALTER ROLE portal_owner SET lock_timeout = '10s';

\if :{?owner_password}
ALTER ROLE portal_owner PASSWORD :'owner_password';
\endif
\if :{?web_password}
ALTER ROLE portal_web PASSWORD :'web_password';
\endif
\if :{?worker_password}
ALTER ROLE portal_worker PASSWORD :'worker_password';
\endif
\if :{?backup_password}
ALTER ROLE portal_backup PASSWORD :'backup_password';
\endif

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO portal_owner;
GRANT USAGE ON SCHEMA public TO portal_web, portal_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_web, portal_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO portal_web, portal_worker;
