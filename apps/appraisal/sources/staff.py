"""Who repaired what in a month, on which post, with what the post asks for. Source: OP-17.

A repair is counted in the month it was accepted, for the unit it was made in. The posts are those
held in that unit within the month, the latest begun first. What a post asks for is what its
template names; a course counts while somebody's record of it is valid on the last day.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, Organization, Post, Tenant, User
from apps.appraisal.enums import StaffFactKind
from apps.appraisal.models import Target
from apps.common import clock
from apps.common.periods import Period
from apps.ops.models import FaultKind, Repair, RepairPart
from apps.personnel.models import Course, PostStanding, TrainingRecord


@dataclass(frozen=True)
class ToldStaff:
    """A row about somebody, before rulings; fields as ``models.StaffFact``."""

    kind: str
    key: str
    label: str
    on: date
    detail: dict[str, Any]
    area_path: str = ""


@dataclass
class Member:
    """Somebody who works for a unit, with the post held there and the rows of the month."""

    person: User
    unit: Organization
    post: Post | None = None
    rows: list[ToldStaff] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The key of the line."""
        return f"person:{self.person.pk}:{self.unit.pk}"

    @property
    def post_key(self) -> str:
        """The key of the post's line; "" without one."""
        return f"post:{self.post.pk}" if self.post is not None else ""


def members_of(tenant: Tenant, period: Period) -> list[Member]:
    """Will give who repaired or holds a post with a target in a month, with their rows.

    period: a calendar month; its last day, or today within it, is the day abilities are asked of.
    """
    found: dict[tuple[int, int], Member] = {}
    _repairs(tenant, period, found)
    targets = _targets(tenant, period)
    _posts(period, found, targets)
    _asked(min(period.last, clock.today()), found.values(), tenant)
    works = dict(FaultKind.objects.values_list("code", "name"))
    for member in found.values():
        for target in targets.get(member.post.pk, []) if member.post is not None else []:
            member.rows.append(_target_row(member, target, works))
    return [found[key] for key in sorted(found)]


def _repairs(tenant: Tenant, period: Period, found: dict[tuple[int, int], Member]) -> None:
    rows = Repair.objects.filter(
        order__case__tenant=tenant, is_accepted=True, ruled_at__gte=period.start,
        ruled_at__lt=period.end,
    ).select_related("person", "unit", "order__case", "order__fault_kind")  # fmt: skip
    spent = dict(
        RepairPart.objects.filter(repair__in=rows.values("pk"))
        .order_by()
        .values_list("repair")
        .annotate(sum=Sum(F("quantity") * F("price")))
    )
    for repair in rows.defer("order__case__search").order_by("pk"):
        member = found.setdefault(
            (repair.person_id, repair.unit_id), Member(repair.person, repair.unit)
        )
        member.rows.append(_repair_row(repair, spent.get(repair.pk) or Decimal(0)))


def _repair_row(repair: Repair, parts: Decimal) -> ToldStaff:
    order = repair.order
    mended = order.restored_at or repair.to_at
    took = int((mended - order.reported_at).total_seconds()) - order.suspended_s
    assert repair.ruled_at is not None
    return ToldStaff(
        StaffFactKind.REPAIR, f"repair:{repair.pk}", f"{order.case.number} {order.about}",
        localdate(repair.ruled_at),
        {
            "seconds": max(took, 0), "cents": int((repair.cost + parts) * 100),
            "late": order.restore_late, "work": order.fault_kind.code,
        },
        order.case.area_path,
    )  # fmt: skip


def _targets(tenant: Tenant, period: Period) -> dict[int, list[Target]]:
    found: dict[int, list[Target]] = defaultdict(list)
    rows = Target.objects.filter(tenant=tenant, month=period.first, post__isnull=False)
    for target in rows.order_by("pk"):
        assert target.post_id is not None
        found[target.post_id].append(target)
    return found


def _posts(
    period: Period, found: dict[tuple[int, int], Member], targets: Mapping[int, list[Target]]
) -> None:
    """Gives everybody the post held in the unit; holders of a post with a target come in too."""
    wanted = Q(post__in=list(targets))
    for person_id, unit_id in found:
        wanted |= Q(user=person_id, post__organization=unit_id)
    held = Appointment.objects.filter(
        wanted, Q(to_on__isnull=True) | Q(to_on__gte=period.first), from_on__lte=period.last
    ).select_related("user", "post__organization")
    # The latest begun is met last and stays; of equals the one with a target, then the later.
    for one in sorted(held, key=lambda a: (a.from_on, a.post_id in targets, a.pk)):
        key = (one.user_id, one.post.organization_id)
        member = found.setdefault(key, Member(one.user, one.post.organization))
        member.post = one.post


def _asked(day: date, members: Iterable[Member], tenant: Tenant) -> None:
    """Adds a row for every course a post asks for, and whether it is passed and valid."""
    told = [one for one in members if one.post is not None]
    standings = PostStanding.objects.filter(
        post__in=[one.post for one in told], template__tenant=tenant
    ).prefetch_related("template__courses")
    asked = {one.post_id: list(one.template.courses.all()) for one in standings}
    valid = set(
        TrainingRecord.objects.filter(
            person__in=[one.person for one in told], is_passed=True, taken_on__lte=day,
            expires_on__gte=day,
        ).values_list("person_id", "course_id")
    )  # fmt: skip
    for member in told:
        assert member.post is not None
        courses = (one for one in asked.get(member.post.pk, []) if one.is_active)
        for course in sorted(courses, key=lambda one: one.pk):
            is_valid = (member.person.pk, course.pk) in valid
            member.rows.append(_course_row(member, course, day, is_valid=is_valid))


def _course_row(member: Member, course: Course, day: date, *, is_valid: bool) -> ToldStaff:
    state = _("有效") if is_valid else _("没有有效记录")
    key = f"course:{course.pk}:{member.person.pk}:{member.unit.pk}"
    label = f"{course.name} {state}"[:160]
    return ToldStaff(StaffFactKind.COURSE, key, label, day, {"is_valid": is_valid})


def _target_row(member: Member, target: Target, works: Mapping[str, str]) -> ToldStaff:
    key = f"target:{target.pk}:{member.person.pk}:{member.unit.pk}"
    detail = {
        "work": target.work, "quantity": target.quantity,
        "hours": None if target.hours is None else str(target.hours),
        "cents": None if target.cost is None else int(target.cost * 100),
    }  # fmt: skip
    label = _("岗位指标：%s") % (works.get(target.work, target.work) or _("全部工作"))
    return ToldStaff(StaffFactKind.TARGET, key, label, target.month, detail)
