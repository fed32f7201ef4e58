from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency


class Migration(migrations.Migration):
    """Put handovers behind row-level security, private to their agency."""

    dependencies = [
        ("reporting", "0011_handovers"),
        ("agencies", "0003_office_rules"),
    ]

    operations = [IsolateByRegency("Handover", private_to="agency_id")]
