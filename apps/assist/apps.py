from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AssistConfig(AppConfig):
    name = "apps.assist"
    label = "assist"
    verbose_name = _("智能辅助")

    def ready(self) -> None:
        from apps.assist import acts, adapters
        from apps.assist.starting import ensure_roles
        from apps.common.sealing import register_sealed
        from apps.gateway.sealing import BOX

        adapters.register()
        acts.register()
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="assist.ensure_roles")
        register_sealed("assist.Assistant", "secret", box=BOX)
