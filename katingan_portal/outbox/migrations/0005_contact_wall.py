from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency


class Migration(migrations.Migration):
    """Put contacts behind row-level security. No door for the platform: the sender enters the message's regency."""

    dependencies = [("outbox", "0004_words_so_far")]

    operations = [IsolateByRegency("Contact")]
