from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MqttConfig(AppConfig):
    name = "apps.mqtt"
    label = "mqtt"
    verbose_name = _("MQTT 接入")
