"""The database keeps what a card said before, whoever changes it; what was kept stays."""

from django.db import migrations

_CARD = (
    "kind_id", "region_code", "name", "area_id", "owner_unit_id", "maintainer_id", "state",
    "since", "source", "maker", "model", "vendor", "contract", "installed_on", "expires_on",
)
_PAIRS = ", ".join(f"'{name}', OLD.{name}" for name in _CARD)
_OLD = ", ".join(f"OLD.{name}" for name in _CARD)
_NEW = ", ".join(f"NEW.{name}" for name in _CARD)

FORWARD = f"""
CREATE FUNCTION assets_keep_past() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO assets_assetpast (asset_id, until, card) VALUES (
        OLD.id, now(),
        jsonb_build_object({_PAIRS}, 'lon', ST_X(OLD.point), 'lat', ST_Y(OLD.point))
    );
    RETURN NULL;
END $$;
CREATE TRIGGER assets_asset_past AFTER UPDATE ON assets_asset FOR EACH ROW
    WHEN (ROW({_OLD}) IS DISTINCT FROM ROW({_NEW})
        OR ST_X(OLD.point) <> ST_X(NEW.point) OR ST_Y(OLD.point) <> ST_Y(NEW.point))
    EXECUTE FUNCTION assets_keep_past();
CREATE FUNCTION assets_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER assets_assetpast_keep BEFORE UPDATE ON assets_assetpast
    FOR EACH ROW EXECUTE FUNCTION assets_refuse_rewrite();
"""
BACKWARD = """
DROP TRIGGER assets_assetpast_keep ON assets_assetpast;
DROP FUNCTION assets_refuse_rewrite();
DROP TRIGGER assets_asset_past ON assets_asset;
DROP FUNCTION assets_keep_past();
"""


class Migration(migrations.Migration):
    dependencies = [("assets", "0004_cards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
