from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency


class Migration(migrations.Migration):
    """Put duties, obligations, reports and the chase behind row-level security."""

    dependencies = [
        ("reporting", "0001_initial"),
        ("agencies", "0002_wall"),
    ]

    operations = [
        IsolateByRegency("Decree"),
        IsolateByRegency("Duty"),
        IsolateByRegency("Assignment"),
        IsolateByRegency("ReportForm"),
        IsolateByRegency("Indicator"),
        IsolateByRegency("Holiday"),
        IsolateByRegency("Obligation"),
        IsolateByRegency("Report", private_to="agency_id"),
        IsolateByRegency("ReportRevision", private_to="agency_id"),
        IsolateByRegency("AcceptedFigure"),
        IsolateByRegency("LadderStep"),
        IsolateByRegency("ChaseStep"),
    ]
