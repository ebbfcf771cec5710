from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RetentionConfig(AppConfig):
    name = "apps.retention"
    label = "retention"
    verbose_name = _("个人信息保存期限")

    def ready(self) -> None:
        from apps.matters.registry import register_holder
        from apps.retention.services.holding import HeldCases
        from apps.retention.starting import ensure_roles

        register_holder("retention", HeldCases())
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="retention.ensure_roles")
