from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResidentsConfig(AppConfig):
    name = "apps.residents"
    label = "residents"
    verbose_name = _("公众账户")

    def ready(self) -> None:
        from apps.accounts.approvals.registry import register_act
        from apps.common.sealing import register_sealed
        from apps.gateway.registry import register_resource
        from apps.gateway.sealing import BOX
        from apps.residents.api.resources import RESOURCE
        from apps.residents.merging import MERGE_ACT

        register_act(MERGE_ACT)
        register_resource(RESOURCE)
        register_sealed("residents.PublicAccount", "identity_sealed", box=BOX)
