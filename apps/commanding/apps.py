from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CommandingConfig(AppConfig):
    name = "apps.commanding"
    label = "commanding"
    verbose_name = _("设备命令")

    def ready(self) -> None:
        from apps.commanding import (
            acts,
            linking,
            over_mqtt,
            receivers,  # noqa: F401  its handlers register themselves
        )
        from apps.commanding.api.resources import RESOURCE
        from apps.commanding.starting import ensure_kinds, ensure_roles
        from apps.gateway.registry import register_resource

        acts.register()
        linking.register()
        if settings.MQTT_ENABLED:
            over_mqtt.register()
        register_resource(RESOURCE)
        post_migrate.connect(ensure_kinds, sender=self, dispatch_uid="commanding.ensure_kinds")
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="commanding.ensure_roles")
