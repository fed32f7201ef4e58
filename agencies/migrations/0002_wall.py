from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency, SameRegency


class Migration(migrations.Migration):
    """Put agencies behind row-level security."""

    dependencies = [
        ("agencies", "0001_initial"),
        ("villages", "0002_wall"),
    ]

    operations = [
        IsolateByRegency("Agency"),
        IsolateByRegency("Invitation"),
        SameRegency("Membership", "agency"),
    ]
