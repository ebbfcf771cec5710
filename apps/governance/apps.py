from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "apps.governance"
    label = "governance"
    verbose_name = _("基层治理")

    def ready(self) -> None:
        from apps.common.sealing import register_sealed
        from apps.gateway.sealing import BOX
        from apps.governance import acts
        from apps.governance.extension import DisputeExtension
        from apps.matters.registry import register_extension

        acts.register()
        register_extension("governance.dispute", DisputeExtension())
        register_sealed(
            "governance.Party", "name_sealed", "phone_sealed", "identity_sealed", box=BOX
        )
