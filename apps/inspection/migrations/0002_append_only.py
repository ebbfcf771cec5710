"""The database itself refuses to rewrite a draw, what was drawn, found and counted."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION inspection_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- A frozen list may be drawn from or given up, once; what was frozen never changes.
CREATE TRIGGER inspection_draw_keep BEFORE UPDATE ON inspection_draw FOR EACH ROW
    WHEN (OLD.state <> 'frozen'
          OR OLD.plan_id <> NEW.plan_id OR OLD.number <> NEW.number
          OR OLD.algorithm <> NEW.algorithm OR OLD.frozen <> NEW.frozen
          OR OLD.list_digest <> NEW.list_digest OR OLD.secret <> NEW.secret
          OR OLD.secret_digest <> NEW.secret_digest
          OR OLD.frozen_at <> NEW.frozen_at OR OLD.frozen_by_id <> NEW.frozen_by_id)
    EXECUTE FUNCTION inspection_refuse_rewrite();

-- A drawn object gets its case, once.
CREATE TRIGGER inspection_drawresult_keep BEFORE UPDATE ON inspection_drawresult FOR EACH ROW
    WHEN (OLD.case_id IS NOT NULL
          OR to_jsonb(NEW) - 'case_id' IS DISTINCT FROM to_jsonb(OLD) - 'case_id')
    EXECUTE FUNCTION inspection_refuse_rewrite();

-- A result is published, once.
CREATE TRIGGER inspection_checkresult_keep BEFORE UPDATE ON inspection_checkresult FOR EACH ROW
    WHEN (OLD.published_at IS NOT NULL
          OR to_jsonb(NEW) - 'published_at' - 'published_by_id'
             IS DISTINCT FROM to_jsonb(OLD) - 'published_at' - 'published_by_id')
    EXECUTE FUNCTION inspection_refuse_rewrite();

-- A record of behaviour is withdrawn, once.
CREATE TRIGGER inspection_behaviour_keep BEFORE UPDATE ON inspection_behaviourrecord FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL
          OR to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdrawn_reason'
             IS DISTINCT FROM
             to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdrawn_reason')
    EXECUTE FUNCTION inspection_refuse_rewrite();
"""
UPDATED = {
    "draw": "draw_keep",
    "drawresult": "drawresult_keep",
    "checkresult": "checkresult_keep",
    "behaviourrecord": "behaviour_keep",
}
NEVER_CHANGED = ("drawninspector", "creditchange", "creditscale")


def _protect(apps, schema_editor):
    for table in UPDATED:
        schema_editor.execute(
            f"CREATE TRIGGER inspection_{table}_no_delete BEFORE DELETE ON inspection_{table}"
            " FOR EACH ROW EXECUTE FUNCTION inspection_refuse_rewrite()"
        )
    for table in NEVER_CHANGED:
        schema_editor.execute(
            f"CREATE TRIGGER inspection_{table}_keep BEFORE UPDATE OR DELETE"
            f" ON inspection_{table} FOR EACH ROW EXECUTE FUNCTION inspection_refuse_rewrite()"
        )


def _unprotect(apps, schema_editor):
    for table in UPDATED:
        schema_editor.execute(f"DROP TRIGGER inspection_{table}_no_delete ON inspection_{table}")
    for table in NEVER_CHANGED:
        schema_editor.execute(f"DROP TRIGGER inspection_{table}_keep ON inspection_{table}")


BACKWARD = "".join(
    f"DROP TRIGGER inspection_{name} ON inspection_{table};" for table, name in UPDATED.items()
)
DROP_FUNCTION = "DROP FUNCTION inspection_refuse_rewrite();"


class Migration(migrations.Migration):
    dependencies = [("inspection", "0001_initial")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD + DROP_FUNCTION),
        migrations.RunPython(_protect, _unprotect),
    ]
