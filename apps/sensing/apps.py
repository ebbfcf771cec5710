from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SensingConfig(AppConfig):
    name = "apps.sensing"
    label = "sensing"
    verbose_name = _("物联感知")

    def ready(self) -> None:
        from apps.alarms.registry import register_evidence, register_history, register_profiles
        from apps.alarms.selectors import profiles_followed
        from apps.alarms.services import evaluate_batch
        from apps.gateway.registry import register_resource
        from apps.mqtt import registry as mqtt
        from apps.sensing import arriving, evidence, map_layers, onekey, quality_watch, watching
        from apps.sensing.api.resources import RESOURCE
        from apps.sensing.registry import register_evaluator
        from apps.sensing.starting import ensure_profiles

        register_resource(RESOURCE)
        register_profiles(watching.profiles)
        register_evidence("sensing", evidence.readings_around)
        register_history(watching.past_readings)
        register_evaluator("alarms", evaluate_batch, profiles=profiles_followed)
        mqtt.register_topic("devices/+/readings", arriving.take_messages)
        mqtt.register_counter("sensing", arriving.count_turned)
        map_layers.register()
        onekey.register()
        quality_watch.register()
        post_migrate.connect(ensure_profiles, sender=self, dispatch_uid="sensing.ensure_profiles")
