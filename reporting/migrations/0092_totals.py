import django.contrib.postgres.indexes
from django.db import migrations

# Monitoring must see the truth while every worker is dead, so it asks from the web process, which may not read across
# regencies. This tells it sums and ages over all of them and nothing of any one. A regency that is held for a person
# is no outage: its backlog does not count. What is open is found by partial indexes, a day by the order of insertion.
FUNCTION = """
CREATE FUNCTION portal_totals(moment timestamptz)
RETURNS TABLE (name text, state text, kind text, channel text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH looks AS (
        SELECT regency_id, next_chase_at FROM reporting_obligation WHERE next_chase_at <= moment
        UNION ALL
        SELECT regency_id, next_chase_at FROM reporting_directive WHERE next_chase_at <= moment
    ), free AS (
        SELECT next_chase_at FROM looks
        WHERE regency_id NOT IN (SELECT regency_id FROM reporting_chasehold WHERE released_at IS NULL)
    ), open AS (
        SELECT m.state, m.kind, m.channel, m.next_attempt_at, m.handed_over_at FROM outbox_message m
        WHERE m.state IN ('planned', 'unknown')
    )
    SELECT 'backlog', '', '', '', count(*)::float8 FROM free
    UNION ALL
    SELECT 'backlog_oldest_seconds', '', '', '', COALESCE(extract(epoch FROM moment - min(next_chase_at)), 0)::float8
    FROM free
    UNION ALL
    SELECT 'messages', o.state, o.kind, o.channel, count(*)::float8 FROM open o GROUP BY 2, 3, 4
    UNION ALL
    SELECT 'messages', 'sending', m.kind, m.channel, count(*)::float8 FROM outbox_message m
    WHERE m.state = 'sending' GROUP BY 3, 4
    UNION ALL
    SELECT 'messages_oldest_seconds', '', '', '',
        COALESCE(extract(epoch FROM moment - min(o.next_attempt_at)), 0)::float8
    FROM open o WHERE o.state = 'planned' AND o.next_attempt_at <= moment
    UNION ALL
    SELECT 'unknown_oldest_seconds', '', '', '',
        COALESCE(extract(epoch FROM moment - min(o.handed_over_at)), 0)::float8
    FROM open o WHERE o.state = 'unknown'
    UNION ALL
    SELECT 'messages_of_day', m.state, m.kind, m.channel, count(*)::float8 FROM outbox_message m
    WHERE m.created_at > moment - interval '1 day' AND m.state NOT IN ('planned', 'sending', 'unknown')
    GROUP BY 2, 3, 4
    UNION ALL
    SELECT 'steps_of_day', s.state, s.clock, '', count(*)::float8 FROM reporting_chasestep s
    WHERE s.taken_at > moment - interval '1 day' GROUP BY 2, 3
    UNION ALL
    SELECT 'holds', '', '', '', count(*)::float8 FROM reporting_chasehold WHERE released_at IS NULL
$$;
REVOKE ALL ON FUNCTION portal_totals(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_totals(timestamptz) TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    """Let monitoring ask for sums over all regencies, and find a day's steps without reading all."""

    dependencies = [("reporting", "0082_wall_of_answers"), ("outbox", "0090_messages_of_a_day")]

    operations = [
        migrations.AddIndex(
            model_name="chasestep",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["taken_at"], name="chase_step_of_day"),
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION portal_totals(timestamptz)"),
    ]
