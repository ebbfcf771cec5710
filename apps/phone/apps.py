from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PhoneConfig(AppConfig):
    name = "apps.phone"
    label = "phone"
    verbose_name = _("网格员手机端")
