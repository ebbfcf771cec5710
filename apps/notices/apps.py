from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "apps.notices"
    label = "notices"
    verbose_name = _("通知")

    def ready(self) -> None:
        from apps.notices import receivers  # noqa: F401  registers the outbox handler
        from apps.notices.adapters.email import EmailAdapter
        from apps.notices.adapters.http_sms import HttpSmsAdapter
        from apps.notices.adapters.simulator import SimulatorAdapter
        from apps.notices.registry import register, register_kind

        register_kind("approval", _("双人复核"))
        register_kind("security", _("账号安全"))
        register("simulator", SimulatorAdapter())
        register("email", EmailAdapter())
        register("http_sms", HttpSmsAdapter())
