from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssetsConfig(AppConfig):
    name = "apps.assets"
    label = "assets"
    verbose_name = _("部件台账")

    def ready(self) -> None:
        from apps.assets import receivers  # noqa: F401  it registers itself
