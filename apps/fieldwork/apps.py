from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FieldworkConfig(AppConfig):
    name = "apps.fieldwork"
    label = "fieldwork"
    verbose_name = _("网格员与巡查")

    def ready(self) -> None:
        from apps.fieldwork import (
            leaving,
            map_layers,
            receivers,  # noqa: F401  its handlers register themselves
        )
        from apps.fieldwork.api.resources import RESOURCE
        from apps.gateway.registry import register_resource

        leaving.register()
        map_layers.register()
        register_resource(RESOURCE)
