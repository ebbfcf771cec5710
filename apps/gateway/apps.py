from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GatewayConfig(AppConfig):
    name = "apps.gateway"
    label = "gateway"
    verbose_name = _("接口")

    def ready(self) -> None:
        from apps.gateway import (
            endings,
            schema,  # noqa: F401  registers the sign-in scheme
        )
        from apps.notices.registry import register_kind

        endings.register()

        register_kind("exchange", _("数据交换"))
