"""Special groups: which types and enrolments somebody sees, and what is due."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Role, User
from apps.accounts.selectors import appointments_in_force, scope_for
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.masking import mask_name
from apps.registry import permissions
from apps.registry.care_bodies import visit_label
from apps.registry.models import Enrolment, Opening, SpecialType, VisitDue

#: Visits are put on the worker's list, and on the board, this long before they are due.
AHEAD_DAYS = 3
BOARD_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class DueVisit:
    """A visit that is to be made. title: masked. is_late: its day is over."""

    due: VisitDue
    enrolment: Enrolment
    label: str
    title: str
    is_late: bool
    days_late: int


def types_of(viewer: User) -> QuerySet[SpecialType]:
    """Will give the types whose people this viewer may meet: of no role, or of a role held."""
    roles = Role.objects.filter(posts__appointments__in=appointments_in_force(viewer))
    found = SpecialType.objects.filter(is_active=True)
    if viewer.is_superuser:
        return found
    mine = Q(roles__isnull=True) | Q(roles__in=roles)
    return found.filter(pk__in=SpecialType.objects.filter(mine).values("pk"))


def list_enrolments(
    viewer: User, *, type_id: int | None = None, area_path: str = "", ended: bool = False
) -> QuerySet[Enrolment]:
    """Will give the enrolments in the viewer's reach, of types that are for the viewer.

    A worker sees those of the own cells, and those whose worker the viewer is.
    """
    keeps = permissions.within_reach(viewer, permissions.KEEP_CARE)
    sees = permissions.within_reach(viewer, permissions.SEE_CARE, permissions.VISIT_CARE)
    mine = Q(worker=viewer) if viewer.has_perm(permissions.VISIT_CARE) else Q(pk__in=[])
    found = Enrolment.objects.filter(
        keeps | ((sees | mine) & Q(type__in=types_of(viewer).values("pk")))
    ).filter(ended_on__isnull=not ended)
    if type_id is not None:
        found = found.filter(type_id=type_id)
    if area_path:
        found = found.filter(area_path__startswith=area_path)
    return found.select_related("file__area", "type", "worker").defer("file__area__boundary")


def get_enrolment(viewer: User, enrolment_id: int) -> Enrolment:
    """Will give one enrolment in reach, or one whose glass the viewer broke. Raises: NotFound."""
    reach = list_enrolments(viewer) | list_enrolments(viewer, ended=True)
    found = reach.filter(pk=enrolment_id).first()
    if found is None and opening_of(viewer, enrolment_id) is not None:
        found = Enrolment.objects.select_related("file", "type", "worker").get(pk=enrolment_id)
    if found is None:
        raise NotFound(_("没有这份重点人员档案，或您无权查看"))
    return found


def opening_of(viewer: User, enrolment_id: int) -> Opening | None:
    """Will give the opening that still holds for this viewer."""
    return Opening.objects.filter(
        user=viewer, enrolment_id=enrolment_id, expires_at__gt=clock.now()
    ).first()


def list_openings(viewer: User) -> QuerySet[Opening]:
    """Will give who opened what, for the keepers of the area and the auditors of the body."""
    reach = permissions.within_reach(viewer, permissions.KEEP_CARE, prefix="enrolment__")
    if viewer.has_perm("audit.read_audit"):
        tenants = scope_for(viewer, "audit.read_audit").tenant_ids
        reach |= Q(enrolment__tenant_id__in=tenants)
    return Opening.objects.filter(reach).select_related("enrolment__type", "user")


def enrolments_of(viewer: User, file_id: int) -> list[Enrolment]:
    """Will give the enrolments of a person that this viewer may know of."""
    return list(list_enrolments(viewer).filter(file_id=file_id))


def list_dues(viewer: User, *, until: date, area_path: str = "") -> QuerySet[VisitDue]:
    """Will give the open visits due by a day in the viewer's reach, the latest first."""
    return (
        VisitDue.objects.filter(
            enrolment__in=list_enrolments(viewer, area_path=area_path).values("pk"),
            visit__isnull=True,
            dropped_at__isnull=True,
            due_on__lte=until,
        )
        .select_related("enrolment__type", "enrolment__file__area", "enrolment__worker")
        .defer("enrolment__file__area__boundary")
        .order_by("due_on", "pk")
    )


def as_due(due: VisitDue, day: date) -> DueVisit:
    """Will give a due visit as lists show it."""
    late = (day - due.due_on).days
    return DueVisit(
        due=due,
        enrolment=due.enrolment,
        label=visit_label(due.enrolment.type.body, due.kind),
        title=mask_name(due.enrolment.file.title),
        is_late=late > 0,
        days_late=max(late, 0),
    )


def visits_due(user: User, day: date) -> list[DueVisit]:
    """Will give the visits a worker has to make: late, due that day or within three days."""
    dues = list_dues(user, until=day + timedelta(days=AHEAD_DAYS))
    mine = dues.filter(Q(enrolment__worker=user) | Q(enrolment__worker__isnull=True))
    return [as_due(due, day) for due in mine]


def count_by_type(viewer: User) -> list[dict[str, Any]]:
    """Will give for each type of the viewer: name, people, late visits."""
    today = clock.today()
    people = list(list_enrolments(viewer).values_list("type_id", "pk"))
    late = list(
        list_dues(viewer, until=today - timedelta(days=1)).values_list("enrolment__type", flat=True)
    )
    return [
        {
            "type": kind,
            "url": f"?type={kind.pk}",
            "people": sum(1 for type_id, _pk in people if type_id == kind.pk),
            "late": late.count(kind.pk),
        }
        for kind in types_of(viewer)
    ]
