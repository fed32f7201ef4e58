from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency, SameRegency


class Migration(migrations.Migration):
    """Put form versions, moved due dates, extensions and comments behind row-level security."""

    dependencies = [
        ("reporting", "0005_form_versions_required"),
        ("cooperatives", "0002_wall"),
    ]

    operations = [
        IsolateByRegency("DutyVersion", append_only=True),
        IsolateByRegency("FormVersion"),
        IsolateByRegency("ValidationRule"),
        IsolateByRegency("SubdistrictGrace"),
        IsolateByRegency("DueChange", append_only=True),
        IsolateByRegency("Extension", private_to="agency_id"),
        IsolateByRegency("Comment", private_to="agency_id", append_only=True),
        SameRegency("Indicator", "version"),
        SameRegency("Indicator", "parent"),
        SameRegency("Obligation", "form_version"),
        SameRegency("AcceptedFigure", "village"),
        SameRegency("AcceptedFigure", "cooperative"),
    ]
