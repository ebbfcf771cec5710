from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HotlineConfig(AppConfig):
    name = "apps.hotline"
    label = "hotline"
    verbose_name = _("热线")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.hotline.api.resources import RESOURCE
        from apps.hotline.extension import DemandExtension
        from apps.hotline.selectors.own_demands import matters_for_agents
        from apps.matters.registry import register_extension
        from apps.residents.registry import register_matters

        register_extension("hotline", DemandExtension())
        register_resource(RESOURCE)
        register_matters("hotline", matters_for_agents)
