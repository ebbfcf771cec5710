from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GeoreportConfig(AppConfig):
    name = "apps.georeport"
    label = "georeport"
    verbose_name = _("开放报告接口")
