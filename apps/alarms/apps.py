from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AlarmsConfig(AppConfig):
    name = "apps.alarms"
    label = "alarms"
    verbose_name = _("告警中心")

    def ready(self) -> None:
        from apps.alarms import (
            acts,
            finding_types,
            linking,
            map_layers,
            platform_watch,
            receivers,  # noqa: F401  its handlers register themselves
            warning_acts,
        )
        from apps.alarms.api.resources import RESOURCE
        from apps.alarms.registry import register_kind
        from apps.alarms.services import response
        from apps.alarms.services._shared import SUBJECT
        from apps.alarms.starting import ensure_roles
        from apps.clocks.registry import register_timer_handler
        from apps.gateway.registry import register_resource
        from apps.notices.registry import register_kind as register_notice_kind

        acts.register()
        register_resource(RESOURCE)
        warning_acts.register()
        finding_types.register()
        linking.register()
        map_layers.register()
        register_notice_kind("alarms", _("告警"))
        register_timer_handler(
            SUBJECT, response.fire, lock=response.lock, describe=response.describe
        )
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="alarms.ensure_roles")
        register_kind("offline", _("设备离线"), is_outage=True)
        register_kind("no_data", _("数据中断"), is_outage=True)
        register_kind("power_lost", _("断电"), is_outage=True)
        register_kind("fault", _("设备故障"))
        register_kind("low_disk", _("磁盘空间不足"))
        register_kind("slow", _("响应缓慢"))
        register_kind("late_data", _("数据未按时到达"))
        register_kind("bad_picture", _("图像质量异常"))
        platform_watch.register()
