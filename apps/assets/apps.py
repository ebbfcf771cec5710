from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AssetsConfig(AppConfig):
    name = "apps.assets"
    label = "assets"
    verbose_name = _("部件台账")

    def ready(self) -> None:
        from apps.assets import receivers  # noqa: F401  it registers itself
        from apps.assets.starting import ensure_roles

        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="assets.ensure_roles")
