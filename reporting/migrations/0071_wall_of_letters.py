from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency


class Migration(migrations.Migration):
    """Put letters behind row-level security; the bytes of an issued letter are append-only."""

    dependencies = [("reporting", "0070_letters")]

    operations = [
        IsolateByRegency("Letterhead"),
        IsolateByRegency("LetterSeries"),
        IsolateByRegency("LetterYear"),
        IsolateByRegency("Letter"),
        IsolateByRegency("LetterItem"),
        IsolateByRegency("LetterFile", append_only=True),
    ]
