from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AlgorithmsConfig(AppConfig):
    name = "apps.algorithms"
    label = "algorithms"
    verbose_name = _("算法仓库")

    def ready(self) -> None:
        from apps.algorithms import protected
        from apps.algorithms.api.resources import RESOURCE
        from apps.algorithms.registry import register_work
        from apps.algorithms.services import opening, testing
        from apps.algorithms.starting import ensure_algorithms, ensure_roles
        from apps.common.sealing import register_sealed
        from apps.gateway.registry import register_resource
        from apps.gateway.sealing import BOX

        register_work(testing.CHECK, testing.do_check)
        register_work(testing.TRIAL, testing.do_trial)
        register_work(testing.EVALUATION, testing.do_evaluation)
        register_work(opening.CALL, opening.do_call)
        register_resource(RESOURCE)
        protected.register()
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="algorithms.ensure_roles")
        post_migrate.connect(
            ensure_algorithms, sender=self, dispatch_uid="algorithms.ensure_algorithms"
        )
        register_sealed("algorithms.Capability", "secret", box=BOX)
