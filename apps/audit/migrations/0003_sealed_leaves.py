"""The entries of each seal one by one; append-only like the seals (see 0002)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PROTECT = """
CREATE TRIGGER audit_leaves_append_only BEFORE UPDATE OR DELETE ON audit_sealedleaves
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
UNPROTECT = "DROP TRIGGER audit_leaves_append_only ON audit_sealedleaves;"


def refuse_truncate(apps, schema_editor):
    if not settings.AUDIT_TRUNCATE_ALLOWED:
        schema_editor.execute(
            "CREATE TRIGGER audit_sealedleaves_no_truncate BEFORE TRUNCATE ON audit_sealedleaves"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()"
        )


def allow_truncate(apps, schema_editor):
    schema_editor.execute(
        "DROP TRIGGER IF EXISTS audit_sealedleaves_no_truncate ON audit_sealedleaves"
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="SealedLeaves",
            fields=[
                (
                    "seal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="sealed_leaves",
                        serialize=False,
                        to="audit.auditseal",
                    ),
                ),
                ("root", models.CharField(max_length=64, verbose_name="根摘要")),
                ("ids", models.BinaryField(verbose_name="记录号")),
                ("leaves", models.BinaryField(verbose_name="逐条摘要")),
            ],
            options={
                "verbose_name": "逐条封存摘要",
                "verbose_name_plural": "逐条封存摘要",
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(PROTECT, UNPROTECT),
        migrations.RunPython(refuse_truncate, allow_truncate),
    ]
