"""The row-level security of one table, as SQL. Measured reasons: docs/decisions/0002.

One policy per command; the regency is compared through a sub-select (one InitPlan instead of a call per row) with
`nullif`, because a setting that was once set locally reads '' afterwards. No OR and no CASE: they lose the index.
"""

from __future__ import annotations

DATABASE_ROLES = "portal_web, portal_worker"
REGENCY = "(SELECT nullif(current_setting('portal.regency', true), '')::bigint)"


def agencies(setting: str) -> str:
    return f"((SELECT string_to_array(nullif(current_setting('{setting}', true), ''), ','))::bigint[])"


def isolate(table: str) -> list[str]:
    own = f"regency_id = {REGENCY}"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_regency_id_uniq UNIQUE (regency_id, id)",
        *_per_command(table, "regency", "PERMISSIVE", DATABASE_ROLES, own, own),
    ]


def keep_private(table: str, column: str) -> list[str]:
    """A second, RESTRICTIVE wall: only the agencies on the reader's list, and another list for writing."""
    reads = f"{column} = ANY ({agencies('portal.read_agencies')})"
    writes = f"{column} = ANY ({agencies('portal.write_agencies')})"
    return _per_command(table, "private", "RESTRICTIVE", DATABASE_ROLES, reads, writes)


def allow_platform(table: str, commands: tuple[str, ...]) -> list[str]:
    """The worker's own narrow door for jobs that serve all regencies at once."""
    clause = {"SELECT": "USING (true)", "UPDATE": "USING (true) WITH CHECK (true)", "INSERT": "WITH CHECK (true)"}
    return [
        f"CREATE POLICY {table}_platform_{command.lower()} ON {table} FOR {command} TO portal_worker {clause[command]}"
        for command in commands
    ]


def forbid_change(table: str) -> list[str]:
    """Append-only: no grant to change or delete, and a trigger that refuses even the owner."""
    return [
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {DATABASE_ROLES}",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION portal_refuse_change()",
        f"CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_change()",
    ]


def same_regency(table: str, column: str, target: str) -> list[str]:
    return [
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_regency FOREIGN KEY (regency_id, {column})"
        f" REFERENCES {target} (regency_id, id) DEFERRABLE INITIALLY DEFERRED"
    ]


REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""


def _per_command(table: str, name: str, kind: str, roles: str, reads: str, writes: str) -> list[str]:
    head = f"CREATE POLICY {table}_{name}"
    return [
        f"{head}_select ON {table} AS {kind} FOR SELECT TO {roles} USING ({reads})",
        f"{head}_insert ON {table} AS {kind} FOR INSERT TO {roles} WITH CHECK ({writes})",
        f"{head}_update ON {table} AS {kind} FOR UPDATE TO {roles} USING ({writes}) WITH CHECK ({writes})",
        f"{head}_delete ON {table} AS {kind} FOR DELETE TO {roles} USING ({writes})",
    ]
