from celery.signals import worker_init, worker_process_init
from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SealsConfig(AppConfig):
    name = "apps.seals"
    label = "seals"
    verbose_name = _("电子印章")

    def ready(self) -> None:
        from apps.accounts.registry import keep_to_oneself
        from apps.common.ciphers import register_uses
        from apps.gateway.registry import register_resource
        from apps.seals import ciphers
        from apps.seals.api.resources import RESOURCE
        from apps.seals.crypto import workshop
        from apps.seals.permissions import ALL
        from apps.seals.starting import ensure_roles

        # A seal vouches for whoever owns it; no deputy on leave duty handles one.
        keep_to_oneself(ALL)
        register_resource(RESOURCE)
        register_uses("seals", ciphers.uses)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="seals.ensure_roles")
        for signal in (worker_init, worker_process_init):
            signal.connect(workshop.open_here, weak=False, dispatch_uid="seals.workshop")
