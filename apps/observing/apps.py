from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ObservingConfig(AppConfig):
    name = "apps.observing"
    label = "observing"
    verbose_name = _("感知分析")

    def ready(self) -> None:
        from apps.alarms.registry import register_kind
        from apps.gateway.registry import register_resource
        from apps.observing import linking, map_layers
        from apps.observing.api.resources import RESOURCE
        from apps.observing.selectors.moving import moving_profiles
        from apps.observing.services import follow_fixes
        from apps.observing.services.fences import KIND
        from apps.observing.starting import ensure_roles, ensure_rules
        from apps.sensing.registry import register_evaluator

        linking.register()
        register_resource(RESOURCE)
        map_layers.register()
        register_kind(KIND, _("违反电子围栏"))
        register_evaluator("geofences", follow_fixes, profiles=moving_profiles)
        post_migrate.connect(ensure_rules, sender=self, dispatch_uid="observing.ensure_rules")
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="observing.ensure_roles")
