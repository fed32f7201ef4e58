from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency


class Migration(migrations.Migration):
    """Put the tables of answers, contacts and calendar feeds behind row-level security."""

    dependencies = [("reporting", "0081_what_is_answered")]

    operations = [
        IsolateByRegency("Disclaimer"),
        IsolateByRegency("ContactLog", append_only=True),
        IsolateByRegency("CalendarFeed"),
    ]
