from django.db import migrations

# FOR SHARE waits for an issue that is under way, so no report slips into a letter beside it.
FORWARDS = [
    """CREATE FUNCTION reporting_issued_letter_stands() RETURNS trigger LANGUAGE plpgsql AS $$
       DECLARE
           ending text[] := ARRAY['state', 'ended_at', 'ended_by_name', 'ended_reason'];
       BEGIN
           IF OLD.state = 'draft' THEN
               IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
               RETURN NEW;
           END IF;
           IF TG_OP = 'UPDATE' AND OLD.state = 'issued' AND NEW.state = 'void'
              AND to_jsonb(NEW) - ending = to_jsonb(OLD) - ending THEN
               RETURN NEW;
           END IF;
           RAISE EXCEPTION 'letter % is %, and never changes', OLD.id, OLD.state
               USING ERRCODE = 'insufficient_privilege';
       END $$""",
    """CREATE FUNCTION reporting_issued_letter_keeps_its_items() RETURNS trigger LANGUAGE plpgsql AS $$
       DECLARE
           letters bigint[];
       BEGIN
           letters := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.letter_id] WHEN 'DELETE' THEN ARRAY[OLD.letter_id]
                      ELSE ARRAY[OLD.letter_id, NEW.letter_id] END;
           PERFORM 1 FROM reporting_letter WHERE id = ANY (letters) FOR SHARE;
           IF EXISTS (SELECT 1 FROM reporting_letter WHERE id = ANY (letters) AND state <> 'draft') THEN
               RAISE EXCEPTION 'letter % is no draft, and its reports never change', letters[1]
                   USING ERRCODE = 'insufficient_privilege';
           END IF;
           IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
           RETURN NEW;
       END $$""",
    """CREATE TRIGGER reporting_letter_stands BEFORE UPDATE OR DELETE ON reporting_letter
       FOR EACH ROW EXECUTE FUNCTION reporting_issued_letter_stands()""",
    """CREATE TRIGGER reporting_letteritem_stands BEFORE INSERT OR UPDATE OR DELETE ON reporting_letteritem
       FOR EACH ROW EXECUTE FUNCTION reporting_issued_letter_keeps_its_items()""",
]


class Migration(migrations.Migration):
    """An issued letter never changes but that it is voided: the database refuses it to everyone."""

    dependencies = [("reporting", "0071_wall_of_letters")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
