"""The database itself refuses to rewrite what happened to an alarm."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION alarms_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER alarms_alarmevent_keep BEFORE UPDATE OR DELETE ON alarms_alarmevent
    FOR EACH ROW EXECUTE FUNCTION alarms_refuse_rewrite();
-- What was in force stays as it was; only that it is replaced is noted.
CREATE TRIGGER alarms_alarmruleversion_keep BEFORE UPDATE ON alarms_alarmruleversion
    FOR EACH ROW WHEN (OLD.state <> 'draft'
        AND to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state')
    EXECUTE FUNCTION alarms_refuse_rewrite();
CREATE TRIGGER alarms_alarm_no_delete BEFORE DELETE ON alarms_alarm
    FOR EACH ROW EXECUTE FUNCTION alarms_refuse_rewrite();
"""
BACKWARD = """
DROP TRIGGER alarms_alarmruleversion_keep ON alarms_alarmruleversion;
DROP TRIGGER alarms_alarm_no_delete ON alarms_alarm;
DROP TRIGGER alarms_alarmevent_keep ON alarms_alarmevent;
DROP FUNCTION alarms_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [("alarms", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
