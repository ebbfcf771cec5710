"""The database itself keeps a frozen month, a published scheme and every written figure."""

from django.db import migrations

_CHILDREN = ("pointfigure", "pointfact", "subjectline", "figurechange")
_KEEP = "\n".join(
    f"""
CREATE TRIGGER appraisal_{name}_written BEFORE UPDATE ON appraisal_{name}
    FOR EACH ROW EXECUTE FUNCTION appraisal_refuse();
CREATE TRIGGER appraisal_{name}_in AFTER INSERT ON appraisal_{name}
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION appraisal_keep();
CREATE TRIGGER appraisal_{name}_out AFTER DELETE ON appraisal_{name}
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION appraisal_keep();
"""
    for name in _CHILDREN
)
FORWARD = f"""
CREATE FUNCTION appraisal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% does not change any more', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION appraisal_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM appraisal_pass p JOIN appraisal_run r ON r.id = p.run_id
        WHERE r.state = 'frozen' AND p.id IN (SELECT DISTINCT of_id FROM touched)
    ) THEN
        RAISE EXCEPTION '% of a frozen month does not change any more', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION appraisal_keep_pass() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM appraisal_run r WHERE r.state = 'frozen'
            AND (TG_OP <> 'INSERT' AND r.id = OLD.run_id OR TG_OP <> 'DELETE' AND r.id = NEW.run_id)
    ) THEN
        RAISE EXCEPTION 'a frozen month is not computed any more'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER appraisal_run_frozen BEFORE UPDATE OR DELETE ON appraisal_run
    FOR EACH ROW WHEN (OLD.state = 'frozen') EXECUTE FUNCTION appraisal_refuse();
CREATE TRIGGER appraisal_pass_frozen BEFORE INSERT OR UPDATE OR DELETE ON appraisal_pass
    FOR EACH ROW EXECUTE FUNCTION appraisal_keep_pass();
-- Of a scheme that was in force only the word that it is replaced is written.
CREATE TRIGGER appraisal_scheme_keep BEFORE UPDATE ON appraisal_scheme
    FOR EACH ROW WHEN (OLD.state IN ('published', 'retired')
        AND to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state')
    EXECUTE FUNCTION appraisal_refuse();
{_KEEP}
"""
_DROP = "\n".join(
    f"DROP TRIGGER appraisal_{name}_{what} ON appraisal_{name};"
    for name in _CHILDREN
    for what in ("written", "in", "out")
)
BACKWARD = f"""
{_DROP}
DROP TRIGGER appraisal_scheme_keep ON appraisal_scheme;
DROP TRIGGER appraisal_pass_frozen ON appraisal_pass;
DROP TRIGGER appraisal_run_frozen ON appraisal_run;
DROP FUNCTION appraisal_keep_pass();
DROP FUNCTION appraisal_keep();
DROP FUNCTION appraisal_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("appraisal", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
