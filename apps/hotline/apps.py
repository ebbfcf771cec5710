from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class HotlineConfig(AppConfig):
    name = "apps.hotline"
    label = "hotline"
    verbose_name = _("热线")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.hotline.api.resources import RESOURCE, WEBSITE
        from apps.hotline.extension import DemandExtension
        from apps.hotline.learning import reading  # noqa: F401  takes the outbox's orders
        from apps.hotline.selectors.callers import demand_question
        from apps.hotline.selectors.own_demands import matters_for_agents
        from apps.hotline.services.forgetting import DemandPeople
        from apps.hotline.starting import ensure_roles
        from apps.matters.registry import register_extension, register_foreseen, register_holder
        from apps.residents.registry import register_matters

        register_extension("hotline", DemandExtension())
        register_foreseen(demand_question)
        register_holder("hotline", DemandPeople())
        register_resource(RESOURCE)
        register_resource(WEBSITE)
        register_matters("hotline", matters_for_agents)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="hotline.ensure_roles")
