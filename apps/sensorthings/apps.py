from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SensorThingsConfig(AppConfig):
    name = "apps.sensorthings"
    label = "sensorthings"
    verbose_name = _("传感器网络接口")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.sensing.registry import register_evaluator
        from apps.sensorthings import over_mqtt, receivers
        from apps.sensorthings.registry import begin_with
        from apps.sensorthings.resources import RESOURCE
        from apps.sensorthings.services import tell

        register_resource(RESOURCE)
        over_mqtt.register()
        register_evaluator(
            "sensorthings-mqtt",
            over_mqtt.tell_followers,
            profiles=over_mqtt.profiles_followed,
        )
        begin_with(lambda: register_evaluator("sensorthings", tell))
        post_migrate.connect(
            receivers.ensure_words, sender=self, dispatch_uid="sensorthings.ensure_words"
        )
