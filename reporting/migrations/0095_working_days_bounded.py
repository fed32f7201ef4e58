import django.core.validators
from django.db import migrations, models

WRONG = "Tulis antara 1 dan 60 hari kerja."


def days(label: str, default: int) -> models.PositiveSmallIntegerField:
    least = django.core.validators.MinValueValidator(1, WRONG)
    most = django.core.validators.MaxValueValidator(60, WRONG)
    return models.PositiveSmallIntegerField(default=default, validators=[least, most], verbose_name=label)


class Migration(migrations.Migration):
    """A review, a correction and a promise take from one to sixty working days."""

    dependencies = [("reporting", "0094_working_days_so_far")]

    operations = [
        migrations.AlterField("reportform", "review_working_days", days("waktu pemeriksa (hari kerja)", 5)),
        migrations.AlterField("reportform", "correction_working_days", days("waktu perbaikan (hari kerja)", 5)),
        migrations.AlterField("reportform", "promise_working_days", days("janji paling jauh (hari kerja)", 15)),
        migrations.AddConstraint(
            model_name="reportform",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    review_working_days__range=(1, 60),
                    correction_working_days__range=(1, 60),
                    promise_working_days__range=(1, 60),
                ),
                name="report_form_days_are_sane",
            ),
        ),
    ]
