from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OpsConfig(AppConfig):
    name = "apps.ops"
    label = "ops"
    verbose_name = _("运维")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.matters.registry import register_extension
        from apps.ops import linking, picture_proof, receivers, tasks  # noqa: F401  they register
        from apps.ops.api.resources import RESOURCE
        from apps.ops.extension import OpsExtension
        from apps.ops.starting import ensure_levels, ensure_roles, let_system_withdraw

        register_extension("ops", OpsExtension())
        register_resource(RESOURCE)
        linking.register()
        picture_proof.register()
        post_migrate.connect(ensure_levels, sender=self, dispatch_uid="ops.ensure_levels")
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="ops.ensure_roles")
        post_migrate.connect(let_system_withdraw, sender=self, dispatch_uid="ops.let_withdraw")
