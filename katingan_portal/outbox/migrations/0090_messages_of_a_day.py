import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    """Find a day's messages of all regencies without reading all: they lie in the order of insertion."""

    dependencies = [("outbox", "0006_bounces_and_whatsapp")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["created_at"], name="message_of_day"),
        ),
    ]
