from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ObservingConfig(AppConfig):
    name = "apps.observing"
    label = "observing"
    verbose_name = _("感知分析")

    def ready(self) -> None:
        from apps.observing import linking
        from apps.observing.starting import ensure_rules

        linking.register()
        post_migrate.connect(ensure_rules, sender=self, dispatch_uid="observing.ensure_rules")
