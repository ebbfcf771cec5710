from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GatewayConfig(AppConfig):
    name = "apps.gateway"
    label = "gateway"
    verbose_name = _("接口")

    def ready(self) -> None:
        from apps.accounts.approvals.registry import register_act
        from apps.common.ciphers import register_uses
        from apps.common.sealing import register_sealed
        from apps.gateway import ciphers, endings, proposals, protected
        from apps.gateway import schema as schema  # registers the ways of signing in
        from apps.gateway.registry import register_resource
        from apps.gateway.resources import RESOURCES
        from apps.gateway.sealing import BOX
        from apps.notices.registry import register_kind

        for resource in RESOURCES:
            register_resource(resource)
        register_act(proposals.REGISTER_ACT)
        register_act(proposals.WIDEN_ACT)
        register_uses("gateway", ciphers.uses)
        endings.register()
        protected.register()
        register_kind("exchange", _("数据交换"))
        register_sealed("gateway.Connector", "secret", "previous_secret", box=BOX)
        register_sealed("gateway.InboundSecret", "secret", box=BOX)
        register_sealed("gateway.SigningKey", "material", box=BOX)
