"""Who sees what jobs find, who keeps jobs, who judges findings, who sees plain pictures.

A job belongs to its unit and the area of its camera: both decide who reaches it.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import area_scope_q, organization_scope_q, scope_for
from apps.analysis.models import AnalysisJob
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed

VIEW, KEEP = "analysis.view_analysis", "analysis.keep_analysis"
JUDGE, REVEAL = "analysis.judge_findings", "analysis.reveal_pictures"
READERS = (VIEW, KEEP, JUDGE, REVEAL)


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看视频分析的权限"))


def reach_q(viewer: User, prefix: str = "") -> Q:
    """Will give the condition "a job of the viewer's units or in their areas"."""
    scope = scope_for(viewer, *READERS)
    near = area_scope_q(scope, f"{prefix}area__path")
    return near | organization_scope_q(scope, f"{prefix}unit__path")


def reaches(actor: Any, job: AnalysisJob, right: str) -> bool:
    """Will tell whether the actor holds a right over this job."""
    if actor is SYSTEM:
        return True
    if not actor.has_perm(right):
        return False
    scope = scope_for(actor, right)
    return (
        scope.everything
        or scope.covers_organization(job.unit.path)
        or (job.area is not None and scope.covers_area(job.area.path))
    )


def require(actor: Any, job: AnalysisJob, right: str) -> None:
    """Raises: NotAllowed."""
    if not reaches(actor, job, right):
        raise NotAllowed(_("您没有处理该分析作业的权限"))


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor keeps jobs at all."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def require_keep_for(actor: Any, unit: Organization) -> None:
    """Raises: NotAllowed (no right, or not a unit of the actor)."""
    if actor is SYSTEM:
        return
    scope = scope_for(actor, KEEP)
    if not can_keep(actor) or not (scope.everything or scope.covers_organization(unit.path)):
        raise NotAllowed(_("您没有为该单位维护分析作业的权限"))


def require_any_keep(viewer: User) -> None:
    """Raises: NotAllowed (keeps no jobs at all)."""
    if not can_keep(viewer):
        raise NotAllowed(_("您没有维护分析作业的权限"))
