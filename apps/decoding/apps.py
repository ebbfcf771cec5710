from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DecodingConfig(AppConfig):
    name = "apps.decoding"
    label = "decoding"
    verbose_name = _("影像解码")
