from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VoicesConfig(AppConfig):
    name = "apps.voices"
    label = "voices"
    verbose_name = _("一事多诉")
