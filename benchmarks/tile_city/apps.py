from django.apps import AppConfig


class TileCityConfig(AppConfig):
    name = "benchmarks.tile_city"
    label = "tile_city"

    def ready(self) -> None:
        from apps.onemap.enums import FieldKind, Geometry, LayerGroup
        from apps.onemap.registry import Layer, LayerField, register_layer
        from benchmarks.tile_city.models import Building, Spot

        fields = (
            LayerField("kind", "kind", "kind"),
            LayerField("name", "name", "name"),
            LayerField("state", "state", "state"),
            LayerField("level", "level", "level", FieldKind.INTEGER),
        )
        for model, shape, below in (
            (Spot, Geometry.POINT, 0),
            (Building, Geometry.POLYGON, 0),
            (Spot, Geometry.POINT, 14),
        ):
            register_layer(
                Layer(
                    code=model._meta.db_table.replace("_", "-") + ("-counted" if below else ""),
                    label=model.__name__,
                    group=LayerGroup.DATA,
                    geometry=shape,
                    rows=lambda viewer, model=model: model.objects.all(),
                    fields=fields,
                    geometry_field="geometry",
                    kept_first=("pk",),
                    aggregate_below=below,
                    version=lambda: "1",
                )
            )
