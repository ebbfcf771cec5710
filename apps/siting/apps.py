from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SitingConfig(AppConfig):
    name = "apps.siting"
    label = "siting"
    verbose_name = _("点位规划")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.siting.api.resources import RESOURCE
        from apps.siting.starting import ensure_roles

        register_resource(RESOURCE)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="siting.ensure_roles")
