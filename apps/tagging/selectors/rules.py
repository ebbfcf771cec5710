"""Rules on passages and leave to go out."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import organization_scope_q, scope_of
from apps.assets.selectors import reach_q
from apps.common import clock
from apps.common.errors import NotFound
from apps.tagging.models import ExitPass, PassageRule


def list_rules(viewer: User) -> QuerySet[PassageRule]:
    """Will list the rules of the viewer's units and those below, by name."""
    found = PassageRule.objects.filter(organization_scope_q(scope_of(viewer), "unit__path"))
    found = found.select_related("unit", "reader__device__asset", "kind_of_thing")
    return found.order_by("name", "pk")


def get_rule(viewer: User, *, pk: int) -> PassageRule:
    """Raises: NotFound (no such rule, or not for this viewer)."""
    rule = list_rules(viewer).filter(pk=pk).first()
    if rule is None:
        raise NotFound(_("没有这条通行规则"))
    return rule


def list_passes(viewer: User, *, text: str = "", state: str = "") -> QuerySet[ExitPass]:
    """Will list the leaves of the viewer's things, the latest first.

    text: part of the name or begin of the code of the thing. state: "open" or "over".
    """
    found = ExitPass.objects.filter(reach_q(viewer, "asset__"))
    if text:
        found = found.filter(Q(asset__name__icontains=text) | Q(asset__code__startswith=text))
    is_over = Q(until__lte=clock.now()) | Q(ended_at__isnull=False)
    if state == "open":
        found = found.exclude(is_over)
    if state == "over":
        found = found.filter(is_over)
    return found.select_related("asset", "reader__device__asset").order_by("-since", "-pk")
