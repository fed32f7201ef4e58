from django.db import migrations, models


class Migration(migrations.Migration):
    """A repetition of a step is known by its working days since the first time, not by its number."""

    dependencies = [("reporting", "0095_working_days_bounded")]

    operations = [
        migrations.AlterField(
            model_name="chasestep",
            name="occurrence",
            field=models.PositiveIntegerField(default=0, verbose_name="hari kerja sejak pertama kali"),
        ),
    ]
