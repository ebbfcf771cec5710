from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PollingConfig(AppConfig):
    name = "apps.polling"
    label = "polling"
    verbose_name = _("设备采集")

    def ready(self) -> None:
        from apps.alarms.registry import register_kind
        from apps.common.sealing import register_sealed
        from apps.gateway.registry import register_resource
        from apps.gateway.sealing import BOX
        from apps.polling import linking
        from apps.polling.api.resources import RESOURCE

        linking.register()
        register_resource(RESOURCE)
        register_kind("edge_silent", _("边缘节点失联"), is_outage=True)
        register_kind("edge_application_failed", _("边缘应用启动失败"))
        register_kind("poll_interrupted", _("轮询中断"), is_outage=True)
        register_sealed("polling.Gateway", "secret", box=BOX)
