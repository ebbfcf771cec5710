from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class UpkeepConfig(AppConfig):
    name = "apps.upkeep"
    label = "upkeep"
    verbose_name = _("平台维护")

    def ready(self) -> None:
        from apps.notices.registry import register_kind as register_notice_kind
        from apps.upkeep import panels, watching
        from apps.upkeep.registry import register_evidence
        from apps.upkeep.selectors import EVIDENCE
        from apps.upkeep.starting import begin

        register_notice_kind("upkeep", _("平台维护"))
        panels.register()
        watching.register()
        for kind in EVIDENCE:
            register_evidence(kind)
        post_migrate.connect(begin, sender=self, dispatch_uid="upkeep.begin")
