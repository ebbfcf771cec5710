from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class VideoConfig(AppConfig):
    name = "apps.video"
    label = "video"
    verbose_name = _("视频")

    def ready(self) -> None:
        from apps.common.sealing import register_sealed
        from apps.gateway.registry import register_resource
        from apps.gateway.sealing import BOX
        from apps.video import gate_watch, map_layers, protected
        from apps.video.api.resources import RESOURCE
        from apps.video.starting import ensure_roles

        register_resource(RESOURCE)
        map_layers.register()
        gate_watch.register()
        protected.register()
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="video.ensure_roles")
        register_sealed("video.Platform", "secret", box=BOX)
        register_sealed("video.Recorder", "secret", box=BOX)
        register_sealed("video.Source", "secret", box=BOX)
