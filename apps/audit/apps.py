from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "apps.audit"
    label = "audit"
    verbose_name = _("审计")

    def ready(self) -> None:
        from apps.audit import (
            receivers,  # noqa: F401  registers the receivers
            selfchecks,
        )

        selfchecks.register_all()
