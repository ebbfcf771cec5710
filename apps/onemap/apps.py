from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnemapConfig(AppConfig):
    name = "apps.onemap"
    label = "onemap"
    verbose_name = _("一张图")

    def ready(self) -> None:
        from apps.common.sealing import register_sealed
        from apps.gateway.registry import register_resource
        from apps.gateway.sealing import BOX
        from apps.notices.registry import register_kind
        from apps.onemap import protected
        from apps.onemap.api.resources import RESOURCE
        from apps.onemap.base_layers import (
            ADDRESSES,
            BASE_MAP,
            CELL_FAULTS,
            SPECIAL_GRIDS,
            SURVEY_STATE,
            AreaLevels,
            AssetClasses,
        )
        from apps.onemap.registry import register_layer, register_source
        from apps.onemap.sharing import tasks  # noqa: F401  the worker's doors

        protected.register()
        register_resource(RESOURCE)
        register_kind("onemap", _("图层共享"))
        register_source(AssetClasses())
        register_source(AreaLevels())
        register_layer(ADDRESSES)
        register_layer(BASE_MAP)
        for layer in (SPECIAL_GRIDS, CELL_FAULTS, SURVEY_STATE):
            register_layer(layer)
        register_sealed("onemap.OutsideService", "sealed_key", box=BOX)
