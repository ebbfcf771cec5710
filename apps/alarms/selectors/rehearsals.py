"""Rehearsals through the eyes of a viewer. Source: RU-06."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.alarms.models import RuleRehearsal
from apps.alarms.permissions import RULE_READERS
from apps.common.errors import NotFound


def list_rehearsals(viewer: User) -> QuerySet[RuleRehearsal]:
    """Will list the rehearsals of the viewer's bodies, the newest first."""
    scope = scope_for(viewer, *RULE_READERS)
    found = RuleRehearsal.objects.select_related("unit", "rule", "maker", "area", "asset_class")
    return found if scope.everything else found.filter(unit__tenant_id__in=scope.tenant_ids)


def get_rehearsal(viewer: User, *, pk: int) -> RuleRehearsal:
    """Raises: NotFound (none, or of a body the viewer does not work for)."""
    found = list_rehearsals(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这次试算"))
    return found
