"""Seals, and what makes both tables append-only (see ``apps.audit.models``)."""

from django.conf import settings
from django.db import migrations, models

PROTECT = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
ALTER TABLE audit_auditentry
    ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_txid ON audit_auditentry (txid, id);
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
UNPROTECT = """
DROP TRIGGER audit_seal_append_only ON audit_auditseal;
DROP TRIGGER audit_entry_append_only ON audit_auditentry;
DROP INDEX audit_txid;
ALTER TABLE audit_auditentry DROP COLUMN txid;
DROP FUNCTION audit_refuse_change();
"""
TABLES = ("audit_auditentry", "audit_auditseal")


def refuse_truncate(apps, schema_editor):
    if settings.AUDIT_TRUNCATE_ALLOWED:
        return
    for table in TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()"
        )


def allow_truncate(apps, schema_editor):
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "number",
                    models.PositiveBigIntegerField(
                        primary_key=True, serialize=False, verbose_name="序号"
                    ),
                ),
                ("run", models.PositiveIntegerField(default=1, verbose_name="计数轮次")),
                ("floor_id", models.BigIntegerField(default=0, verbose_name="起始记录（不含）")),
                ("from_txid", models.BigIntegerField(verbose_name="起始事务")),
                ("to_txid", models.BigIntegerField(verbose_name="截止事务（不含）")),
                ("first_id", models.BigIntegerField(verbose_name="最小记录号")),
                ("last_id", models.BigIntegerField(verbose_name="最大记录号")),
                ("count", models.PositiveIntegerField(verbose_name="记录数")),
                ("previous_digest", models.CharField(max_length=64, verbose_name="上一摘要")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("sealed_at", models.DateTimeField(verbose_name="封存时间")),
            ],
            options={
                "verbose_name": "审计封存",
                "verbose_name_plural": "审计封存",
                "ordering": ["number"],
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["at", "id"], name="audit_at"),
        ),
        migrations.RunSQL(PROTECT, UNPROTECT),
        migrations.RunPython(refuse_truncate, allow_truncate),
    ]
