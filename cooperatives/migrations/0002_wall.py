from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency


class Migration(migrations.Migration):
    """Put cooperatives behind row-level security."""

    dependencies = [
        ("cooperatives", "0001_initial"),
        ("villages", "0002_wall"),
    ]

    operations = [
        IsolateByRegency("Source"),
        IsolateByRegency("Cooperative"),
        IsolateByRegency("Milestone"),
        IsolateByRegency("Figure"),
    ]
