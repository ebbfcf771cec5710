"""Fields of a class's own, and the database keeps what a thing answered to them before.

Both columns come with a constant default, so no row is rewritten.
"""

from django.db import migrations, models

_CARD = (
    "kind_id", "region_code", "name", "area_id", "owner_unit_id", "maintainer_id", "state",
    "since", "source", "maker", "model", "vendor", "contract", "installed_on", "expires_on",
)
_WITH = (*_CARD, "details")


def _keeping(columns: tuple[str, ...]) -> str:
    pairs = ", ".join(f"'{name}', OLD.{name}" for name in columns)
    old = ", ".join(f"OLD.{name}" for name in columns)
    new = ", ".join(f"NEW.{name}" for name in columns)
    return f"""
CREATE OR REPLACE FUNCTION assets_keep_past() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO assets_assetpast (asset_id, until, card) VALUES (
        OLD.id, now(),
        jsonb_build_object({pairs}, 'lon', ST_X(OLD.point), 'lat', ST_Y(OLD.point))
    );
    RETURN NULL;
END $$;
DROP TRIGGER assets_asset_past ON assets_asset;
CREATE TRIGGER assets_asset_past AFTER UPDATE ON assets_asset FOR EACH ROW
    WHEN (ROW({old}) IS DISTINCT FROM ROW({new})
        OR ST_X(OLD.point) <> ST_X(NEW.point) OR ST_Y(OLD.point) <> ST_Y(NEW.point))
    EXECUTE FUNCTION assets_keep_past();
"""


def _empty() -> models.Value:
    return models.Value({}, models.JSONField())


class Migration(migrations.Migration):
    dependencies = [("assets", "0005_keep_past")]

    operations = [
        migrations.AlterModelOptions(
            name="assetclass",
            options={
                "ordering": ["code"],
                "permissions": [("define_classes", "维护部件类别的自有字段")],
                "verbose_name": "部件类别",
                "verbose_name_plural": "部件类别",
            },
        ),
        migrations.AddField(
            model_name="asset",
            name="details",
            field=models.JSONField(
                blank=True, db_default=_empty(), default=dict, verbose_name="自有字段"
            ),
        ),
        migrations.AddField(
            model_name="assetclass",
            name="form",
            field=models.JSONField(
                blank=True, db_default=_empty(), default=dict, verbose_name="自有字段"
            ),
        ),
        migrations.RunSQL(_keeping(_WITH), _keeping(_CARD)),
    ]
