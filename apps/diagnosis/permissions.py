"""Who sees diagnoses, who has cameras looked at, who writes thresholds."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import holds_in
from apps.accounts.selectors import area_scope_q, organization_scope_q, scope_for
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed
from apps.places.models import Area
from apps.video.models import Camera

VIEW = "diagnosis.view_diagnosis"
RUN = "diagnosis.run_diagnosis"
KEEP = "diagnosis.keep_thresholds"
READERS = (VIEW, RUN, KEEP)


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看视频质量诊断的权限"))


def camera_q(viewer: User, prefix: str = "") -> Q:
    """Will give the condition "a camera in the viewer's areas or of their units".

    prefix: to the camera, such as "camera__" from a result.
    """
    scope = scope_for(viewer, *READERS)
    near = area_scope_q(scope, f"{prefix}asset__area__path")
    return near | organization_scope_q(scope, f"{prefix}asset__owner_unit__path")


def area_q(viewer: User) -> Q:
    """Will give the condition "this plan or run is of an area of the viewer's"."""
    return area_scope_q(scope_for(viewer, *READERS), "area__path")


def can_run_in(actor: Any, area: Area | None) -> bool:
    """Will tell whether the actor has cameras of this area looked at."""
    return holds_in(actor, RUN, area)


def require_run_in(actor: Any, area: Area | None) -> None:
    """Raises: NotAllowed (no right, or not a duty area of the actor)."""
    if not can_run_in(actor, area):
        raise NotAllowed(_("您没有在该区域发起视频诊断的权限"))


def can_run(actor: User) -> bool:
    """Will tell whether the actor has cameras looked at anywhere."""
    return bool(actor.has_perm(RUN))


def can_run_on(actor: Any, camera: Camera) -> bool:
    """Will tell whether the actor has this camera looked at and marks its findings."""
    return can_run_in(actor, camera.asset.area)


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor writes thresholds: they hold for the whole city."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def require_keep(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有维护诊断阈值的权限"))
