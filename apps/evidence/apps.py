from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvidenceConfig(AppConfig):
    name = "apps.evidence"
    label = "evidence"
    verbose_name = _("存证与合规")

    def ready(self) -> None:
        from apps.common.ciphers import register_uses
        from apps.common.sealing import register_sealed
        from apps.evidence import (
            acts,
            ciphers,
            protected,
            receivers,  # noqa: F401  registers the outbox handlers
            selfchecks,
        )
        from apps.evidence.adapters.chains import HttpChain, SimulatedChain
        from apps.evidence.adapters.time_stamps import HttpAuthority, SimulatedAuthority
        from apps.evidence.api.resources import RESOURCE
        from apps.evidence.registry import register_authority, register_chain_adapter
        from apps.gateway.registry import register_resource
        from apps.gateway.sealing import BOX
        from apps.notices.registry import register_kind

        register_resource(RESOURCE)
        register_kind("alarm", _("安全告警"))
        register_kind("compliance", _("等保合规"))
        register_authority("simulator", SimulatedAuthority())
        register_authority("http", HttpAuthority())
        register_chain_adapter("simulator", SimulatedChain())
        register_chain_adapter("http", HttpChain())
        register_uses("evidence", ciphers.uses)
        protected.register_all()
        selfchecks.register_all()
        acts.register()
        register_sealed("evidence.SigningKey", "sealed_private", box=BOX)
