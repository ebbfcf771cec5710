"""Who says where devices may move. Looking is for whoever sees devices."""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.accounts.selectors import scope_for
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed

KEEP_FENCES = "observing.keep_geofences"
SURFACES = "observing.surfaces"  # the scope of API clients


def can_keep_fences(actor: Any) -> bool:
    """Will tell whether the actor draws fences at all."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP_FENCES))


def require_keep_fences(actor: Any, unit: Organization | None = None) -> None:
    """unit: whose fence it is. Raises: NotAllowed (no right, or not over this unit)."""
    if not can_keep_fences(actor):
        raise NotAllowed(_("您没有维护电子围栏的权限"))
    if actor is SYSTEM or unit is None:
        return
    if not scope_for(actor, KEEP_FENCES).covers_organization(unit.path):
        raise NotAllowed(_("该单位不在您的管辖范围内"))
