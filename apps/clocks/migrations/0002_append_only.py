"""The database itself refuses to rewrite a ledger or a published calendar."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION clocks_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER clocks_calendarrevision_keep
    BEFORE UPDATE OR DELETE ON clocks_calendarrevision
    FOR EACH ROW EXECUTE FUNCTION clocks_refuse_rewrite();

CREATE TRIGGER clocks_clockinterval_no_delete
    BEFORE DELETE ON clocks_clockinterval
    FOR EACH ROW EXECUTE FUNCTION clocks_refuse_rewrite();

-- An open line may be closed, once; nothing else of a line ever changes.
CREATE TRIGGER clocks_clockinterval_keep
    BEFORE UPDATE ON clocks_clockinterval
    FOR EACH ROW
    WHEN (OLD.to_at IS NOT NULL OR NEW.to_at IS NULL
          OR to_jsonb(NEW) - 'to_at' IS DISTINCT FROM to_jsonb(OLD) - 'to_at')
    EXECUTE FUNCTION clocks_refuse_rewrite();
"""

BACKWARD = """
DROP TRIGGER clocks_clockinterval_keep ON clocks_clockinterval;
DROP TRIGGER clocks_clockinterval_no_delete ON clocks_clockinterval;
DROP TRIGGER clocks_calendarrevision_keep ON clocks_calendarrevision;
DROP FUNCTION clocks_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
