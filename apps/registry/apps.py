from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "apps.registry"
    label = "registry"
    verbose_name = _("一标多实")

    def ready(self) -> None:
        from apps.accounts.approvals.registry import register_act
        from apps.common.sealing import register_sealed
        from apps.gateway.registry import register_resource
        from apps.gateway.sealing import BOX
        from apps.registry import map_layers
        from apps.registry.api.resources import RESOURCE
        from apps.registry.exporting import EXPORT_ACT
        from apps.registry.starting import ensure_relation_kinds

        register_act(EXPORT_ACT)
        register_resource(RESOURCE)
        map_layers.register()
        post_migrate.connect(ensure_relation_kinds, sender=self)
        register_sealed("registry.Person", "id_sealed", box=BOX)
