from django.db import migrations

# What a form asked so far becomes its first published version; can be run again.
FORWARDS = [
    """INSERT INTO reporting_formversion
         (regency_id, form_id, number, state, note, created_at, created_by_name, published_at, published_by_name)
       SELECT regency_id, id, 1, 'published', '', now(), 'Portal', now(), 'Portal' FROM reporting_reportform
       ON CONFLICT DO NOTHING""",
    """UPDATE reporting_indicator i SET version_id = v.id FROM reporting_formversion v
       WHERE i.version_id IS NULL AND v.regency_id = i.regency_id AND v.form_id = i.form_id AND v.number = 1""",
    """INSERT INTO reporting_dutyversion (regency_id, duty_id, number, article, text, reason, made_at, made_by_name)
       SELECT regency_id, id, 1, article, text, '', now(), 'Portal' FROM reporting_duty ON CONFLICT DO NOTHING""",
    """UPDATE reporting_obligation o SET form_version_id = v.id, original_due_at = o.due_at,
         rule = (o.rule - 'working_days') || jsonb_build_object(
           'kind', 'working_days', 'count', coalesce(o.rule -> 'working_days', '10'), 'shift', 'next', 'grace', null,
           'works_saturday', false, 'duty_versions',
           (SELECT coalesce(jsonb_object_agg(duty, 1), '{}')
            FROM jsonb_array_elements_text(coalesce(o.rule -> 'duties', '[]')) AS duty))
       FROM reporting_formversion v
       WHERE o.form_version_id IS NULL AND v.regency_id = o.regency_id AND v.form_id = o.form_id AND v.number = 1""",
]


class Migration(migrations.Migration):
    """Give every form its first version, and every obligation the version and the whole rule it was raised under."""

    dependencies = [("reporting", "0003_report_forms")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
