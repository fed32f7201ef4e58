from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency


class Migration(migrations.Migration):
    """Put evidence behind row-level security, private to its agency and those who review it."""

    dependencies = [("reporting", "0040_evidence")]

    operations = [IsolateByRegency("Evidence", private_to="agency_id")]
