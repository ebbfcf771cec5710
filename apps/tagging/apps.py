from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TaggingConfig(AppConfig):
    name = "apps.tagging"
    label = "tagging"
    verbose_name = _("标签感知")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.mqtt import registry as mqtt
        from apps.observing.registry import register_fixes
        from apps.tagging import arriving, linking, map_layers, watching
        from apps.tagging.api.resources import RESOURCE
        from apps.tagging.selectors import trail_fixes
        from apps.tagging.starting import ensure_roles

        register_resource(RESOURCE)
        mqtt.register_topic("devices/+/tags", arriving.take_messages)
        register_fixes("tags", trail_fixes)
        watching.register()
        map_layers.register()
        linking.register()
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="tagging.ensure_roles")
