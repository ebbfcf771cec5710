from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonnelConfig(AppConfig):
    name = "apps.personnel"
    label = "personnel"
    verbose_name = _("人事异动")

    def ready(self) -> None:
        from apps.accounts.registry import keep_to_oneself
        from apps.gateway.registry import register_resource
        from apps.notices.registry import register_kind
        from apps.personnel.permissions import APPROVE, LEAD, MANAGE
        from apps.personnel.scim.door import RESOURCE

        # Deciding who works here is not handled by a deputy on leave.
        keep_to_oneself({MANAGE, APPROVE, LEAD})
        register_resource(RESOURCE)
        register_kind("personnel", _("人事异动"))
        register_kind("delegation", _("代办委托"))
