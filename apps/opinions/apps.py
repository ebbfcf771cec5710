from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OpinionsConfig(AppConfig):
    name = "apps.opinions"
    label = "opinions"
    verbose_name = _("民意征集")

    def ready(self) -> None:
        from apps.matters.registry import register_case_links, register_holder
        from apps.notices.registry import register_kind
        from apps.opinions.links_beside import link_beside_case
        from apps.opinions.services.forgetting import OpinionPeople
        from apps.opinions.starting import ensure_roles

        register_case_links(link_beside_case)
        register_holder("opinions", OpinionPeople())
        register_kind("idea", _("市民创意"))
        register_kind("opinions", _("意见征集与问卷"))
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="opinions.ensure_roles")
