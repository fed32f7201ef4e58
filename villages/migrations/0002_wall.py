from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency


class Migration(migrations.Migration):
    """Put villages behind row-level security."""

    dependencies = [
        ("villages", "0001_initial"),
    ]

    operations = [
        IsolateByRegency("Subdistrict"),
        IsolateByRegency("Village"),
    ]
