"""What PostgreSQL alone needs for the rows of a tick: the same rows by INSERT … SELECT, in one transaction.

The same tables with their constraints, policies and indexes, as the worker role; the rows stand ready beside them. No
code can be faster than this, so the tick is measured in multiples of it.
"""

from __future__ import annotations

import io
import time
from datetime import datetime

from benchmarks.databases import connected, settle

WRITTEN = {
    "steps": ("reporting_chasestep", "SELECT * FROM reporting_chasestep WHERE taken_at >= %s"),
    "notices": ("reporting_chasenotice", "SELECT * FROM reporting_chasenotice WHERE state = 'waiting'"),
    "messages": ("outbox_message", "SELECT * FROM outbox_message WHERE created_at >= %s"),
}
LOOKED_AT = {
    "obligations": ("reporting_obligation", "SELECT * FROM reporting_obligation WHERE accepted_at IS NULL"),
    "directives": ("reporting_directive", "SELECT * FROM reporting_directive"),
}
WRITE = """
DO $$
DECLARE r bigint;
BEGIN
    FOR r IN SELECT DISTINCT regency_id FROM given_obligations ORDER BY 1 LOOP
        PERFORM set_config('portal.regency', r::text, true);
        INSERT INTO reporting_chasestep SELECT * FROM given_steps WHERE regency_id = r;
        INSERT INTO outbox_message SELECT * FROM given_messages WHERE regency_id = r;
        INSERT INTO reporting_chasenotice SELECT * FROM given_notices WHERE regency_id = r;
        UPDATE reporting_obligation o SET next_chase_at = g.next_chase_at FROM given_obligations g
            WHERE o.regency_id = r AND g.regency_id = r AND o.id = g.id;
        UPDATE reporting_directive d SET next_chase_at = g.next_chase_at FROM given_directives g
            WHERE d.regency_id = r AND g.regency_id = r AND d.id = g.id;
    END LOOP;
END $$
"""


def prepare(source: str, target: str, since: datetime) -> dict[str, int]:
    """Put what the tick wrote in `source` beside the tables of `target`, a copy of it from before; how many rows."""
    counts = {}
    for name, (table, query) in (WRITTEN | LOOKED_AT).items():
        content = io.BytesIO()
        with connected(source, "portal_owner") as cursor:
            chosen = cursor.mogrify(query, [since] if "%s" in query else None).decode()
            cursor.copy_expert(f"COPY ({chosen}) TO STDOUT", content)
        content.seek(0)
        with connected(target, "portal_owner") as cursor:
            cursor.execute(f"CREATE TABLE given_{name} AS SELECT * FROM {table} WHERE false")
            cursor.copy_expert(f"COPY given_{name} FROM STDIN", content)
            if name in LOOKED_AT:
                cursor.execute(
                    f"DELETE FROM given_{name} g USING {table} t"
                    " WHERE t.id = g.id AND t.next_chase_at IS NOT DISTINCT FROM g.next_chase_at"
                )
            cursor.execute(f"CREATE INDEX ON given_{name} (regency_id)")
            cursor.execute(f"SELECT count(*) FROM given_{name}")
            counts[name] = cursor.fetchone()[0]
    settle(target)
    return counts


def write(target: str) -> float:
    """Seconds, its commit included."""
    with connected(target, "portal_worker") as cursor:
        cursor.execute("SET statement_timeout = 0")
    begun = time.perf_counter()
    with connected(target, "portal_worker") as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(WRITE)
    return time.perf_counter() - begun
