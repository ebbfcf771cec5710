from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DistrictsConfig(AppConfig):
    name = "apps.districts"
    label = "districts"
    verbose_name = _("市区汇聚")

    def ready(self) -> None:
        from apps.common.sealing import register_sealed
        from apps.districts import map_layers, watch
        from apps.districts.api.resources import RESOURCE
        from apps.districts.enums import DIALECT
        from apps.districts.services import tell_city
        from apps.districts.services.forgetting import PassedOnPeople
        from apps.gateway.registry import register_dialect, register_resource
        from apps.gateway.sealing import BOX
        from apps.matters.registry import register_holder

        register_resource(RESOURCE)
        register_holder("districts", PassedOnPeople())
        register_dialect(DIALECT, tell_city)
        map_layers.register()
        watch.register()
        register_sealed("districts.Link", "secret", box=BOX)
