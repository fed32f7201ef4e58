from django.db import migrations

# Numbers become days, out of the way of the new values first, since both are unique. Where a changed pace had numbered
# two rungs of one day, the second stays out of the way: no ladder reaches so far. Can be run again.
FORWARDS = [
    "UPDATE reporting_chasestep SET occurrence = occurrence + 1000000 WHERE occurrence > 0",
    """WITH named AS (
           SELECT c.id, c."offset" - coalesce(f."offset", s."offset") AS days, row_number() OVER (
               PARTITION BY c.regency_id, c.obligation_id, c.directive_id, c.clock, c.due_at, c.step_id, c."offset"
               ORDER BY c.occurrence
           ) AS nth
           FROM reporting_chasestep c
           JOIN reporting_ladderstep s ON s.regency_id = c.regency_id AND s.id = c.step_id
           LEFT JOIN reporting_chasestep f ON f.regency_id = c.regency_id AND f.obligation_id = c.obligation_id
               AND f.directive_id IS NOT DISTINCT FROM c.directive_id AND f.clock = c.clock AND f.due_at = c.due_at
               AND f.step_id = c.step_id AND f.occurrence = 0
           WHERE c.occurrence > 1000000
       )
       UPDATE reporting_chasestep c SET occurrence = named.days
       FROM named WHERE c.id = named.id AND named.nth = 1 AND named.days > 0""",
]


class Migration(migrations.Migration):
    """Name the repetitions taken so far by their days."""

    dependencies = [("reporting", "0096_repetitions_by_days")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
