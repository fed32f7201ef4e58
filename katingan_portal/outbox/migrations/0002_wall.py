from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency


class Migration(migrations.Migration):
    """Put messages behind row-level security."""

    dependencies = [
        ("outbox", "0001_initial"),
        ("tenancy", "0002_append_only"),
    ]

    operations = [
        IsolateByRegency("Message", platform=("SELECT", "UPDATE")),
    ]
