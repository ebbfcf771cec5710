from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DiagnosisConfig(AppConfig):
    name = "apps.diagnosis"
    label = "diagnosis"
    verbose_name = _("视频质量诊断")

    def ready(self) -> None:
        from apps.alarms.registry import register_kind
        from apps.diagnosis import onekey
        from apps.diagnosis.api.resources import RESOURCE
        from apps.diagnosis.enums import Fault
        from apps.diagnosis.starting import ensure_roles
        from apps.gateway.registry import register_resource

        for fault in Fault:
            is_outage = fault == Fault.NO_STREAM
            register_kind(f"picture_{fault.value}", fault.label, is_outage=is_outage)
        onekey.register()
        register_resource(RESOURCE)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="diagnosis.ensure_roles")
