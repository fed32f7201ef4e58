from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency
from katingan_portal.tenancy.policies import forbid_change


class Migration(migrations.Migration):
    """Put the history behind row-level security."""

    dependencies = [
        ("audit", "0001_initial"),
        ("tenancy", "0002_append_only"),
    ]

    operations = [
        IsolateByRegency("AuditEvent", append_only=True),
        migrations.RunSQL(forbid_change("audit_platformevent"), migrations.RunSQL.noop),
    ]
