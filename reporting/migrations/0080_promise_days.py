from django.db import migrations, models


class Migration(migrations.Migration):
    """How far ahead a promise may lie, per form."""

    dependencies = [("reporting", "0062_wall_of_the_chase")]

    operations = [
        migrations.AddField(
            model_name="reportform",
            name="promise_working_days",
            field=models.PositiveSmallIntegerField(default=15, verbose_name="janji paling jauh (hari kerja)"),
        ),
    ]
