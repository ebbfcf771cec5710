from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    name = "apps.monitoring"
    label = "monitoring"
    verbose_name = _("运行监控")

    def ready(self) -> None:
        from apps.alarms.registry import register_kind
        from apps.common.sealing import register_sealed
        from apps.gateway.sealing import BOX
        from apps.monitoring import onekey
        from apps.monitoring.probes import FAILED_DISK, FULL_DISK, LOST_BACKEND
        from apps.monitoring.services import alarming
        from apps.monitoring.starting import ensure_roles
        from apps.notices.registry import register_kind as register_notice_kind

        onekey.register()
        register_notice_kind("monitoring", _("运行监控"))
        register_kind(alarming.DOWN, _("设备不可达"), is_outage=True)
        register_kind(alarming.FAILED, _("检查失败"))
        register_kind(alarming.LIMIT, _("指标超限"))
        register_kind(alarming.CAPACITY, _("申请扩容"))
        register_kind(FAILED_DISK, _("磁盘故障"))
        register_kind(FULL_DISK, _("磁盘已满"))
        register_kind(LOST_BACKEND, _("后端服务器不可用"))
        register_kind(alarming.EVENT, _("虚拟化平台严重事件"))
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="monitoring.ensure_roles")
        register_sealed("monitoring.Check", "secret", box=BOX)
