from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class JournalsConfig(AppConfig):
    name = "apps.journals"
    label = "journals"
    verbose_name = _("运行日志")

    def ready(self) -> None:
        from apps.alarms.registry import register_kind
        from apps.gateway.registry import register_resource
        from apps.journals import services
        from apps.journals.api.resources import RESOURCE
        from apps.journals.starting import ensure_roles

        register_kind(services.DEVIATION, _("日志数量异常"))
        register_kind(services.MATCHED, _("日志规则命中"))
        register_resource(RESOURCE)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="journals.ensure_roles")
