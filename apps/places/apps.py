from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlacesConfig(AppConfig):
    name = "apps.places"
    label = "places"
    verbose_name = _("地点")

    def ready(self) -> None:
        from apps.places import receivers  # noqa: F401  it registers itself
