"""The database itself refuses to rewrite the history of seals and the log of their use."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION seals_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER seals_sealevent_keep BEFORE UPDATE OR DELETE ON seals_sealevent
    FOR EACH ROW EXECUTE FUNCTION seals_refuse_rewrite();
CREATE TRIGGER seals_seallog_keep BEFORE UPDATE OR DELETE ON seals_seallog
    FOR EACH ROW EXECUTE FUNCTION seals_refuse_rewrite();
CREATE TRIGGER seals_mediumevent_keep BEFORE UPDATE OR DELETE ON seals_mediumevent
    FOR EACH ROW EXECUTE FUNCTION seals_refuse_rewrite();
"""
BACKWARD = """
DROP TRIGGER seals_mediumevent_keep ON seals_mediumevent;
DROP TRIGGER seals_seallog_keep ON seals_seallog;
DROP TRIGGER seals_sealevent_keep ON seals_sealevent;
DROP FUNCTION seals_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [("seals", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
