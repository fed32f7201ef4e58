from django.db import migrations

# What was chased before there was more than one clock; can be run again.
FORWARDS = [
    """UPDATE reporting_ladderstep SET tone = 'firm', is_mandatory = true WHERE code = 'tagihan-1'""",
    """UPDATE reporting_chasestep c SET due_at = o.due_at, label = s.label, "offset" = s."offset", tone = s.tone
       FROM reporting_obligation o, reporting_ladderstep s
       WHERE c.label = '' AND o.regency_id = c.regency_id AND o.id = c.obligation_id
         AND s.regency_id = c.regency_id AND s.id = c.step_id""",
    """UPDATE reporting_obligation SET next_chase_at = now()
       WHERE accepted_at IS NULL AND waived_at IS NULL AND next_chase_at IS NULL""",
]


class Migration(migrations.Migration):
    """Tell old steps which clock they were taken for, and let reviews and corrections be chased from now on."""

    dependencies = [("reporting", "0060_the_chase")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
