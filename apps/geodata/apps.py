from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GeodataConfig(AppConfig):
    name = "apps.geodata"
    label = "geodata"
    verbose_name = _("地图数据")

    def ready(self) -> None:
        from apps.assets.registry import register_links as register_asset_links
        from apps.geodata import acts, protected
        from apps.geodata.layers import DATASETS, RESULTS
        from apps.geodata.model_links import ASSETS, links_by_code, links_on_map
        from apps.geodata.registry import register_target
        from apps.geodata.view_layers import VIEWS
        from apps.notices.registry import register_kind
        from apps.onemap.registry import register_links, register_source

        register_source(DATASETS)
        register_source(RESULTS)
        register_source(VIEWS)
        register_target(ASSETS)
        register_links("asset-", links_on_map)
        register_asset_links(links_by_code)
        acts.register()
        protected.register()
        register_kind("geodata", _("地图数据"))
