from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommonConfig(AppConfig):
    name = "apps.common"
    label = "common"
    verbose_name = _("公共基础")

    def ready(self) -> None:
        from apps.common import discarding, platform_checks  # noqa: F401  takes orders to remove

        platform_checks.register_all()
