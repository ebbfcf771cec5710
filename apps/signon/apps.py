from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SignonConfig(AppConfig):
    name = "apps.signon"
    label = "signon"
    verbose_name = _("单点登录")

    def ready(self) -> None:
        from apps.common.ciphers import register_uses
        from apps.common.sealing import register_sealed
        from apps.signon import (
            admission,
            ciphers,
            endings,
            protected,
            push_act,
            receivers,  # noqa: F401  connects the receivers
        )
        from apps.signon.sealing import BOX

        register_uses("signon", ciphers.uses)
        admission.register()
        push_act.register()
        endings.register()
        protected.register()
        register_sealed("signon.SigningKey", "sealed", box=BOX)
        register_sealed("signon.PushTarget", "sealed_token", box=BOX)
