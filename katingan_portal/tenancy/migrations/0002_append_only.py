from django.db import migrations

from katingan_portal.tenancy.policies import REFUSE_CHANGE


class Migration(migrations.Migration):
    """The trigger function of append-only tables."""

    dependencies = [("tenancy", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION portal_refuse_change()")]
