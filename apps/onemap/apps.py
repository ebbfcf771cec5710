from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnemapConfig(AppConfig):
    name = "apps.onemap"
    label = "onemap"
    verbose_name = _("一张图")

    def ready(self) -> None:
        from apps.onemap.base_layers import ADDRESSES, BASE_MAP, AreaLevels, AssetClasses
        from apps.onemap.registry import register_layer, register_source

        register_source(AssetClasses())
        register_source(AreaLevels())
        register_layer(ADDRESSES)
        register_layer(BASE_MAP)
