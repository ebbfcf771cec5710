"""The database itself refuses to rewrite sittings, consents and passings of disputes."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION governance_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- The text everybody agreed to stays; an agreement is voided, once.
CREATE TRIGGER governance_agreement_keep BEFORE UPDATE ON governance_agreement FOR EACH ROW
    WHEN (OLD.voided_at IS NOT NULL
          OR to_jsonb(NEW) - 'voided_at' IS DISTINCT FROM to_jsonb(OLD) - 'voided_at')
    EXECUTE FUNCTION governance_refuse_rewrite();
CREATE TRIGGER governance_agreement_no_delete BEFORE DELETE ON governance_agreement
    FOR EACH ROW EXECUTE FUNCTION governance_refuse_rewrite();
"""
NEVER_CHANGED = ("session", "session_present", "consent", "passing")


def _protect(apps, schema_editor):
    for table in NEVER_CHANGED:
        schema_editor.execute(
            f"CREATE TRIGGER governance_{table}_keep BEFORE UPDATE OR DELETE"
            f" ON governance_{table} FOR EACH ROW EXECUTE FUNCTION governance_refuse_rewrite()"
        )


def _release(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION governance_refuse_rewrite() CASCADE")


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
        migrations.RunPython(_protect, _release),
    ]
