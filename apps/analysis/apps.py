from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalysisConfig(AppConfig):
    name = "apps.analysis"
    label = "analysis"
    verbose_name = _("视频分析")

    def ready(self) -> None:
        from apps.analysis import builtins

        builtins.register()
