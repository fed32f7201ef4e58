from django.db import migrations


class Migration(migrations.Migration):
    """Messages written before words could come late count as composed when they were queued."""

    dependencies = [("outbox", "0003_words_and_contacts")]

    operations = [
        migrations.RunSQL(
            "UPDATE outbox_message SET composed_at = created_at WHERE composed_at IS NULL", migrations.RunSQL.noop
        ),
    ]
