from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OgcConfig(AppConfig):
    name = "apps.ogc"
    label = "ogc"
    verbose_name = _("空间数据服务")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.ogc.resources import RESOURCE

        register_resource(RESOURCE)
