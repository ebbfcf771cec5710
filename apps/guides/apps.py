from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GuidesConfig(AppConfig):
    name = "apps.guides"
    label = "guides"
    verbose_name = _("办事指南")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.guides import receivers  # noqa: F401  its handlers register themselves
        from apps.guides.api.resources import RESOURCE
        from apps.guides.extension import ApplicationExtension
        from apps.guides.services.forgetting import ApplicantPeople
        from apps.matters.registry import register_extension, register_holder

        for prefix in ("service", "onething"):
            register_extension(prefix, ApplicationExtension())
        register_holder("guides", ApplicantPeople())
        register_resource(RESOURCE)
