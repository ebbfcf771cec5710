from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AnalysisConfig(AppConfig):
    name = "apps.analysis"
    label = "analysis"
    verbose_name = _("视频分析")

    def ready(self) -> None:
        from apps.alarms.registry import register_evidence, register_kind
        from apps.algorithms.registry import register_clips, register_work
        from apps.analysis import builtins, clips, evidence
        from apps.analysis.api.resources import RESOURCE
        from apps.analysis.drawings import NEEDS
        from apps.analysis.services import run_job
        from apps.analysis.services.planning import KIND
        from apps.analysis.services.settling import KIND_PREFIX
        from apps.analysis.starting import ensure_roles
        from apps.gateway.registry import register_resource

        builtins.register()
        register_evidence("analysis", evidence.picture_of)
        register_resource(RESOURCE)
        register_clips(clips.CODE, clips.street_clips)
        register_work(KIND, run_job)
        for task in NEEDS:
            register_kind(f"{KIND_PREFIX}{task}", task.label)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="analysis.ensure_roles")
