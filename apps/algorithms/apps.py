from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlgorithmsConfig(AppConfig):
    name = "apps.algorithms"
    label = "algorithms"
    verbose_name = _("算法仓库")
