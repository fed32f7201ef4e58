from django.db import migrations

from katingan_portal.tenancy.operations import IsolateByRegency, SameRegency

# The worker asks each minute in which regencies there is work, over all of them. A policy that let it read every
# obligation would take the wall away from the whole tick; this tells it nothing but ids of regencies.
FUNCTION = """
CREATE FUNCTION portal_regencies_to_chase(moment timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT regency_id FROM reporting_obligation WHERE next_chase_at <= moment
    UNION
    SELECT regency_id FROM reporting_directive WHERE next_chase_at <= moment
$$;
REVOKE ALL ON FUNCTION portal_regencies_to_chase(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_regencies_to_chase(timestamptz) TO portal_worker;
"""


class Migration(migrations.Migration):
    """Put the tables of the chase behind row-level security, and let the worker ask where there is work."""

    dependencies = [("reporting", "0061_the_chase_so_far")]

    operations = [
        IsolateByRegency("Promise"),
        IsolateByRegency("Directive"),
        IsolateByRegency("ChaseNotice"),
        IsolateByRegency("ChaseHold"),
        SameRegency("ChaseStep", "directive"),
        SameRegency("LadderStep", "form"),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION portal_regencies_to_chase(timestamptz)"),
    ]
