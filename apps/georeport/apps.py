from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GeoreportConfig(AppConfig):
    name = "apps.georeport"
    label = "georeport"
    verbose_name = _("开放报告接口")

    def ready(self) -> None:
        from apps.common.sealing import register_sealed
        from apps.gateway.registry import register_dialect, register_resource
        from apps.gateway.sealing import BOX
        from apps.georeport.api.resources import RESOURCE
        from apps.georeport.enums import DIALECT
        from apps.georeport.selectors import case_links
        from apps.georeport.services import follow, tell_peer
        from apps.georeport.services.forgetting import ReportPeople
        from apps.matters.registry import (
            register_case_links,
            register_follower,
            register_holder,
        )

        register_resource(RESOURCE)
        register_holder("georeport", ReportPeople())
        register_dialect(DIALECT, tell_peer)
        register_follower(follow)
        register_case_links(case_links)
        register_sealed("georeport.Peer", "api_key", box=BOX)
