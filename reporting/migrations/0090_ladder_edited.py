from django.db import migrations, models


class Migration(migrations.Migration):
    """Let a ladder be edited: a changed step need not catch up, and a step that was taken knows whom it was for."""

    dependencies = [("reporting", "0072_issued_letters_stand")]

    operations = [
        migrations.AddField(
            model_name="ladderstep",
            name="counts_from",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="tidak disusulkan untuk yang jadwalnya sebelum"
            ),
        ),
        migrations.AddField(
            model_name="chasestep",
            name="audiences",
            field=models.CharField(blank=True, default="", max_length=80, verbose_name="penerima saat itu"),
            preserve_default=False,
        ),
    ]
