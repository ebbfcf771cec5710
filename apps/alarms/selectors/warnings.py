"""Warnings to the public: what stands now for anybody, and all of them for who keeps them."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.reach import stands_for_all
from apps.accounts.selectors import scope_for
from apps.alarms.enums import WarningState
from apps.alarms.models import Alarm, PublicWarning
from apps.alarms.permissions import APPROVE, ISSUE, READERS
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.places.models import Area

#: How long the public still reads of a warning that was lifted.
LIFTED_SHOWN = timedelta(days=30)


def list_standing() -> QuerySet[PublicWarning]:
    """Will list the warnings that stand, for anybody, the gravest first."""
    found = PublicWarning.objects.filter(state=WarningState.ISSUED).select_related("area")
    return found.order_by("-level", "-issued_at")


def list_lifted() -> QuerySet[PublicWarning]:
    """Will list what was lifted lately, for anybody, the newest first."""
    since = clock.now() - LIFTED_SHOWN
    found = PublicWarning.objects.filter(state=WarningState.LIFTED, lifted_at__gte=since)
    return found.select_related("area").order_by("-lifted_at")


def touching(found: QuerySet[PublicWarning], code: str) -> QuerySet[PublicWarning]:
    """Will keep the warnings of an area, of what it lies in and of its parts.

    Raises: InvalidInput (field "area": nobody knows the code).
    """
    area = Area.objects.valid_on(clock.today()).filter(code=code).first()
    if area is None:
        raise InvalidInput(_("没有这个区域"), field="area")
    above = [f"/{'/'.join(steps)}/" for steps in _beginnings(area.path)]
    return found.filter(Q(area_path__startswith=area.path) | Q(area_path__in=above))


def _beginnings(path: str) -> list[list[str]]:
    steps = path.strip("/").split("/")
    return [steps[: n + 1] for n in range(len(steps))]


def get_public(pk: int) -> PublicWarning:
    """Will give a warning anybody may read. Raises: NotFound (none, or never issued)."""
    shown = [WarningState.ISSUED, WarningState.LIFTED]
    found = PublicWarning.objects.filter(pk=pk, state__in=shown).select_related("area", "replaces")
    warning = found.first()
    if warning is None:
        raise NotFound(_("没有这条预警"))
    return warning


def list_warnings(viewer: User, *, state: str = "", level: int | None = None, text: str = "",
                  ) -> QuerySet[PublicWarning]:  # fmt: skip
    """Will list the warnings of the viewer's bodies, the newest first."""
    scope = scope_for(viewer, *READERS, ISSUE, APPROVE)
    found = PublicWarning.objects.select_related("area", "made_by", "checked_by", "lifted_by")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    if state:
        found = found.filter(state=state)
    if level:
        found = found.filter(level=level)
    if text:
        found = found.filter(Q(title__icontains=text) | Q(text__icontains=text))
    return found.order_by("-pk")


def get_warning(viewer: User, *, pk: int) -> PublicWarning:
    """Raises: NotFound (none, or of a body the viewer has no part in)."""
    warning = list_warnings(viewer).select_related("replaces", "alarm").filter(pk=pk).first()
    if warning is None:
        raise NotFound(_("没有这条预警"))
    return warning


def list_of_alarm(alarm: Alarm) -> QuerySet[PublicWarning]:
    """Will list the warnings an alarm gave rise to, the newest first."""
    return PublicWarning.objects.filter(alarm=alarm).order_by("-pk")


def tenant_warned_by(viewer: User) -> Tenant:
    """Will give the body in whose name the viewer warns. Raises: NotFound."""
    scope = scope_for(viewer, ISSUE)
    bodies = Tenant.objects.order_by("pk")
    found = (bodies if scope.everything else bodies.filter(pk__in=scope.tenant_ids)).first()
    if found is None:
        raise NotFound(_("没有您管理的租户"))
    return found


def centre_of(tenant: Tenant) -> Organization | None:
    """Will give the centre in whose name the body warns; None: it has none."""
    units = tenant.organizations.filter(is_active=True).select_related("tenant").order_by("path")
    return next((unit for unit in units if stands_for_all(unit)), None)
