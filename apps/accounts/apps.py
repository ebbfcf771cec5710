from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("人员与组织")
    default = True

    def ready(self) -> None:
        from apps.accounts import (
            endings,
            receivers,  # noqa: F401  connects the receivers
            selfchecks,
        )
        from apps.accounts.approvals import acts, console_edits
        from apps.accounts.assurance import receivers as assurance  # noqa: F401
        from apps.accounts.assurance.tickets import BOX as TICKETS
        from apps.accounts.duplicates import acts as merging
        from apps.accounts.factors import acts as factor_acts
        from apps.accounts.factors import checking, simulator, x509
        from apps.accounts.factors.sealing import SEEDS
        from apps.accounts.registry import keep_to_oneself
        from apps.accounts.services.sensitive import SENSITIVE
        from apps.common.sealing import register_sealed

        acts.register()
        console_edits.register()
        factor_acts.register()
        merging.register()
        checking.register("x509", x509.X509Checker())
        checking.register("simulator", simulator.SimulatedChecker())
        keep_to_oneself(SENSITIVE)
        endings.register()
        selfchecks.register_all()
        register_sealed("mfa.Authenticator", "data", box=SEEDS)
        register_sealed("accounts.StepUpTicket", "sealed", box=TICKETS)


class ConsoleConfig(admin_apps.AdminConfig):
    """Django's admin behind our own door."""

    default = False
    default_site = "apps.accounts.console.ConsoleSite"
