from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CallbacksConfig(AppConfig):
    name = "apps.callbacks"
    label = "callbacks"
    verbose_name = _("回访中心")

    def ready(self) -> None:
        from apps.callbacks import duties  # noqa: F401  they register themselves
        from apps.callbacks.api.resources import RESOURCE
        from apps.callbacks.links_beside import card_of, desk_panel, link_beside_case
        from apps.callbacks.services.forgetting import CallbackPeople
        from apps.callbacks.starting import ensure_roles
        from apps.gateway.registry import register_resource
        from apps.hotline.registry import register_panel
        from apps.matters.registry import (
            register_case_card,
            register_case_links,
            register_holder,
        )

        register_resource(RESOURCE)
        register_holder("callbacks", CallbackPeople())
        register_case_links(link_beside_case)
        register_case_card(card_of)
        register_panel("callbacks", desk_panel)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="callbacks.ensure_roles")
