from django.db import migrations

# Before this, no page could change whom a step is for; can be run again.
FORWARDS = """
UPDATE reporting_chasestep c SET audiences = array_to_string(s.audiences, ',')
FROM reporting_ladderstep s
WHERE c.audiences = '' AND s.regency_id = c.regency_id AND s.id = c.step_id
"""


class Migration(migrations.Migration):
    """Tell the steps that were taken whom they were for."""

    dependencies = [("reporting", "0090_ladder_edited")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
