from django.db import migrations

# Can be run again.
FORWARDS = """
UPDATE reporting_reportform SET
    review_working_days = least(greatest(review_working_days, 1), 60),
    correction_working_days = least(greatest(correction_working_days, 1), 60),
    promise_working_days = least(greatest(promise_working_days, 1), 60)
WHERE NOT (review_working_days BETWEEN 1 AND 60 AND correction_working_days BETWEEN 1 AND 60
    AND promise_working_days BETWEEN 1 AND 60)
"""


class Migration(migrations.Migration):
    """Bring what a form allows for a review, a correction and a promise within one and sixty working days."""

    dependencies = [("reporting", "0093_channels_of_steps")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
