from django.db import migrations

# FOR SHARE waits for a publication that is under way, so no question slips in beside it.
FORWARDS = [
    """CREATE FUNCTION reporting_published_version_stands() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
           IF OLD.state = 'published' THEN
               RAISE EXCEPTION 'form version % is published and never changes', OLD.id
                   USING ERRCODE = 'insufficient_privilege';
           END IF;
           IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
           RETURN NEW;
       END $$""",
    """CREATE FUNCTION reporting_published_contents_stand() RETURNS trigger LANGUAGE plpgsql AS $$
       DECLARE
           versions bigint[];
       BEGIN
           versions := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.version_id] WHEN 'DELETE' THEN ARRAY[OLD.version_id]
                       ELSE ARRAY[OLD.version_id, NEW.version_id] END;
           PERFORM 1 FROM reporting_formversion WHERE id = ANY (versions) FOR SHARE;
           IF EXISTS (SELECT 1 FROM reporting_formversion WHERE id = ANY (versions) AND state = 'published') THEN
               RAISE EXCEPTION 'form version % is published and never changes', versions[1]
                   USING ERRCODE = 'insufficient_privilege';
           END IF;
           IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
           RETURN NEW;
       END $$""",
    """CREATE TRIGGER reporting_formversion_stands BEFORE UPDATE OR DELETE ON reporting_formversion
       FOR EACH ROW EXECUTE FUNCTION reporting_published_version_stands()""",
    """CREATE TRIGGER reporting_indicator_stands BEFORE INSERT OR UPDATE OR DELETE ON reporting_indicator
       FOR EACH ROW EXECUTE FUNCTION reporting_published_contents_stand()""",
    """CREATE TRIGGER reporting_validationrule_stands BEFORE INSERT OR UPDATE OR DELETE ON reporting_validationrule
       FOR EACH ROW EXECUTE FUNCTION reporting_published_contents_stand()""",
]


class Migration(migrations.Migration):
    """A published form version, its questions and its rules never change: the database refuses it to everyone."""

    dependencies = [("reporting", "0020_draft_may_be_discarded")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
