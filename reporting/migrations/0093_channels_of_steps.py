import django.contrib.postgres.fields
from django.db import migrations, models

import reporting.chasing.models


class Migration(migrations.Migration):
    """A step says by which channels it leaves the portal. Until now each went by all of them."""

    dependencies = [("reporting", "0092_totals")]

    operations = [
        migrations.AddField(
            model_name="ladderstep",
            name="channels",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=[("email", "e-mail"), ("whatsapp", "WhatsApp")], max_length=10),
                blank=True, default=reporting.chasing.models.every_channel, size=None, verbose_name="saluran",
            ),
        ),
        migrations.AddField(
            model_name="chasestep",
            name="channels",
            field=models.CharField(
                blank=True, default="email,whatsapp", max_length=40, verbose_name="saluran saat itu"
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="ladderstep",
            constraint=models.CheckConstraint(
                condition=models.Q(is_mandatory=False) | models.Q(channels__contains=["email"]),
                name="ladder_mandatory_by_email",
            ),
        ),
    ]  # fmt: skip
