from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AppraisalConfig(AppConfig):
    name = "apps.appraisal"
    label = "appraisal"
    verbose_name = _("运维考核")

    def ready(self) -> None:
        from apps.appraisal.starting import ensure_roles

        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="appraisal.ensure_roles")
