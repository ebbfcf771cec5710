"""The database itself keeps decisions and submitted wordings as they are."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION rules_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% rows are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER rules_decision_immutable BEFORE UPDATE OR DELETE ON rules_decision
  FOR EACH ROW EXECUTE FUNCTION rules_refuse_change();
CREATE TRIGGER rules_version_immutable BEFORE UPDATE ON rules_ruletableversion
  FOR EACH ROW WHEN (
    OLD.state <> 'draft' AND (
      NEW.body IS DISTINCT FROM OLD.body
      OR NEW.hit_policy IS DISTINCT FROM OLD.hit_policy
      OR NEW.number IS DISTINCT FROM OLD.number
      OR NEW.table_id IS DISTINCT FROM OLD.table_id
      OR NEW.author_id IS DISTINCT FROM OLD.author_id
      OR (OLD.state IN ('published', 'retired') AND NEW.state IN ('draft', 'testing'))
    )
  ) EXECUTE FUNCTION rules_refuse_change();
"""
BACKWARD = """
DROP TRIGGER rules_version_immutable ON rules_ruletableversion;
DROP TRIGGER rules_decision_immutable ON rules_decision;
DROP FUNCTION rules_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
