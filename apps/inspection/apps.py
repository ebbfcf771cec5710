from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionConfig(AppConfig):
    name = "apps.inspection"
    label = "inspection"
    verbose_name = _("监管检查")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.inspection import (
            leaving,
            receivers,  # noqa: F401  its handlers register themselves
        )
        from apps.inspection.api.resources import RESOURCE
        from apps.inspection.extension import InspectionExtension
        from apps.inspection.services.forgetting import SupervisedPeople
        from apps.matters.registry import register_extension, register_holder

        leaving.register()
        register_extension("supervision", InspectionExtension())
        register_holder("inspection", SupervisedPeople())
        register_resource(RESOURCE)
