from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SignonConfig(AppConfig):
    name = "apps.signon"
    label = "signon"
    verbose_name = _("单点登录")

    def ready(self) -> None:
        from apps.signon import (
            admission,
            endings,
            receivers,  # noqa: F401  connects the receivers
        )

        admission.register()
        endings.register()
