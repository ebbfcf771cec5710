"""The database itself refuses to rewrite what was sent, visited, opened and linked."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION registry_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- What was sent stays; an edit that waits is settled once.
CREATE TRIGGER registry_edit_keep BEFORE UPDATE ON registry_edit FOR EACH ROW
    WHEN (OLD.state <> 'conflict' OR OLD.values IS DISTINCT FROM NEW.values
          OR OLD.key <> NEW.key OR OLD.file_id IS DISTINCT FROM NEW.file_id)
    EXECUTE FUNCTION registry_refuse_rewrite();

-- A link is ended, once.
CREATE TRIGGER registry_relation_keep BEFORE UPDATE ON registry_relation FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL
          OR to_jsonb(NEW) - 'to_on' - 'ended_at' - 'ended_by_name'
             IS DISTINCT FROM to_jsonb(OLD) - 'to_on' - 'ended_at' - 'ended_by_name')
    EXECUTE FUNCTION registry_refuse_rewrite();
"""
UPDATED = ("edit", "relation")
NEVER_CHANGED = ("enrolmentstep", "opening", "visit", "shareread", "fieldset")


def _protect(apps, schema_editor):
    for table in UPDATED:
        schema_editor.execute(
            f"CREATE TRIGGER registry_{table}_no_delete BEFORE DELETE ON registry_{table}"
            " FOR EACH ROW EXECUTE FUNCTION registry_refuse_rewrite()"
        )
    for table in NEVER_CHANGED:
        schema_editor.execute(
            f"CREATE TRIGGER registry_{table}_keep BEFORE UPDATE OR DELETE"
            f" ON registry_{table} FOR EACH ROW EXECUTE FUNCTION registry_refuse_rewrite()"
        )


def _release(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION registry_refuse_rewrite() CASCADE")


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
        migrations.RunPython(_protect, _release),
    ]
