from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CallcentreConfig(AppConfig):
    name = "apps.callcentre"
    label = "callcentre"
    verbose_name = _("话务中心")

    def ready(self) -> None:
        from apps.callcentre.panels import script_panel, state_panel
        from apps.callcentre.services import follow
        from apps.callcentre.services.forgetting import InspectionPeople
        from apps.callcentre.starting import ensure_roles
        from apps.hotline.registry import register_follower, register_panel
        from apps.matters.registry import register_holder

        register_holder("callcentre", InspectionPeople())
        register_follower("callcentre", follow)
        register_panel("callcentre-state", state_panel)
        register_panel("callcentre-scripts", script_panel)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="callcentre.ensure_roles")
