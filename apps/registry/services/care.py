"""Special groups: enrol, move, open, visit, remind. Source: RG-06, GR-06..08.

Who opens an enrolment says what for; that is kept and logged. Breaking the glass is loud: the
keepers and the auditors are told at once, and it ends by itself.
"""

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.common import clock, forms_data
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.notices.services import notify
from apps.registry import care_bodies, permissions
from apps.registry.enums import FileKind
from apps.registry.models import (
    Enrolment,
    EnrolmentStep,
    Opening,
    RegistryFile,
    SpecialType,
    VisitDue,
)
from apps.registry.selectors.care import opening_of

OPEN_FOR = timedelta(minutes=30)
PURPOSE_MIN, REASON_MIN = 2, 6


@transaction.atomic
def enrol(
    actor: User,
    *,
    file_id: int,
    type_id: int,
    grade: str,
    worker: User | None = None,
    team: str = "",
    data: dict[str, Any] | None = None,
    reason: str = "",
) -> Enrolment:
    """Will take a person into a special group and plan the visits its grade asks for.

    Locks the file. Raises: NotFound; NotAllowed; InvalidInput (grade, a field of the type);
        Refused (in it already).
    """
    file = RegistryFile.objects.select_for_update().filter(pk=file_id, to_on=None).first()
    if file is None or file.kind != FileKind.PERSON:
        raise NotFound(_("没有这份档案，或您无权查看"))
    permissions.require(
        actor, permissions.KEEP_CARE, tenant_id=file.tenant_id, area_path=file.area_path
    )
    kind = SpecialType.objects.filter(pk=type_id, tenant_id=file.tenant_id, is_active=True).first()
    if kind is None:
        raise InvalidInput(_("请选择重点人员类型"), field="type")
    _require_grade(kind, grade)
    made = Enrolment(
        tenant_id=file.tenant_id,
        file=file,
        type=kind,
        state=care_bodies.first_state(kind.body),
        grade=grade,
        worker=worker,
        team=team.strip()[:200],
        data=forms_data.clean({"fields": kind.body.get("fields", [])}, data or {}),
        area_path=file.area_path,
        started_on=clock.today(),
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise Refused(_("该人员已在这一类重点人员中")) from error
    _step(actor, made, _("纳入管理"), reason, before={}, after=_told(made))
    for code, days in care_bodies.cycles(kind.body, grade).items():
        plan_visit(made, code, on=made.started_on + timedelta(days=days))
    return made


@transaction.atomic
def change_enrolment(
    actor: User,
    *,
    enrolment_id: int,
    reason: str,
    state: str = "",
    grade: str = "",
    worker: User | None = None,
) -> Enrolment:
    """Will move an enrolment to another state or grade, or to another worker. Locks it.

    "" and None leave things as they are. A new grade brings the next visit forward or puts it
    off; an end drops what is due.
    Raises: NotFound; NotAllowed; InvalidInput (reason, grade); Refused (no such move, or ended).
    """
    found = lock_enrolment(enrolment_id)
    permissions.require(
        actor, permissions.KEEP_CARE, tenant_id=found.tenant_id, area_path=found.area_path
    )
    if not reason.strip():
        raise InvalidInput(_("请填写变更原因"), field="reason")
    if found.ended_on is not None:
        raise Refused(_("该人员已退出管理"))
    body, before = found.type.body, _told(found)
    if state and state != found.state:
        if state not in dict(care_bodies.moves_from(body, found.state)):
            raise Refused(_("不能从当前状态转到该状态"))
        found.state = state
    if grade and grade != found.grade:
        _require_grade(found.type, grade)
        found.grade = grade
    if worker is not None:
        found.worker = worker
    if care_bodies.is_end(body, found.state):
        found.ended_on = clock.today()
        found.dues.filter(visit=None, dropped_at=None).update(dropped_at=clock.now())
    elif found.grade != before["grade"]:
        _replan(found)
    found.save()
    _step(actor, found, _sentence(found, before), reason, before=before, after=_told(found))
    return found


@transaction.atomic
def open_enrolment(actor: User, *, enrolment: Enrolment, purpose: str) -> Opening:
    """Will let somebody in whose reach an enrolment is read it for half an hour.

    enrolment: as ``get_enrolment`` gave it to this actor. Raises: InvalidInput (purpose).
    """
    if len(purpose.strip()) < PURPOSE_MIN:
        raise InvalidInput(_("请填写查看用途"), field="purpose")
    return _open(actor, enrolment, purpose, is_break_glass=False)


@transaction.atomic
def break_glass(actor: User, *, enrolment_id: int, reason: str) -> Opening:
    """Will let somebody with the right for emergencies read any enrolment of the body.

    The keepers of the area and the auditors are told at once; it ends after 30 minutes.
    Raises: NotFound (none, of another body or area, or without the right); InvalidInput.
    """
    found = Enrolment.objects.select_related("file", "type").filter(pk=enrolment_id).first()
    if found is None or not permissions.reaches(
        actor, permissions.BREAK_GLASS, tenant_id=found.tenant_id, area_path=found.area_path
    ):
        raise NotFound(_("没有这份重点人员档案，或您无权查看"))
    if len(reason.strip()) < REASON_MIN:
        raise InvalidInput(_("请写明紧急原因，至少%d个字") % REASON_MIN, field="reason")
    opening = _open(actor, found, reason, is_break_glass=True)
    notify(
        recipients=_overseers(found),
        kind="registry",
        title=_("%s紧急查看了重点人员档案") % actor.display_name,
        body=_("档案%(ref)s，原因：%(reason)s") % {"ref": found.ref, "reason": reason.strip()},
        url="/registry/care/openings/",
        key=f"registry-glass-{opening.pk}",
    )
    return opening


def require_open(viewer: User, enrolment: Enrolment) -> Opening:
    """Will give the opening by which the viewer reads it now. Raises: Refused (none holds)."""
    found = opening_of(viewer, enrolment.pk)
    if found is None:
        raise Refused(_("请先说明查看用途"), code="purpose_needed")
    return found


def plan_visit(enrolment: Enrolment, kind: str, *, on: date) -> None:
    """Will put the next visit of a kind on the list, once. Called under the enrolment's lock."""
    VisitDue.objects.get_or_create(
        enrolment=enrolment, kind=kind, visit=None, dropped_at=None, defaults={"due_on": on}
    )


def remind_late() -> int:
    """Will tell keepers and workers of visits missed for longer than their type allows.

    Once for each missed visit. Safe to run any number of times, by several workers at once.
    """
    today, told = clock.today(), 0
    with transaction.atomic():
        late = (
            VisitDue.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(visit=None, dropped_at=None, escalated_at=None, due_on__lt=today)
            .select_related("enrolment__type", "enrolment__file", "enrolment__worker")
            .order_by("pk")
        )
        for due in late:
            found = due.enrolment
            if (today - due.due_on).days <= found.type.escalation_days:
                continue
            due.escalated_at = clock.now()
            due.save(update_fields=["escalated_at"])
            label = care_bodies.visit_label(found.type.body, due.kind)
            words = {"ref": found.ref, "what": label, "days": (today - due.due_on).days}
            notify(
                recipients=[*_keepers(found), *([found.worker] if found.worker else [])],
                kind="registry",
                title=_("重点人员%(ref)s的%(what)s已超期%(days)s天") % words,
                url="/registry/visits/",
                key=f"registry-due-{due.pk}",
            )
            told += 1
    return told


def lock_enrolment(enrolment_id: int) -> Enrolment:
    """Will lock an enrolment until commit. Raises: NotFound."""
    found = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("type", "file", "worker")
        .filter(pk=enrolment_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份重点人员档案，或您无权查看"))
    return found


def _replan(enrolment: Enrolment) -> None:
    """The next visit counts from the last one by the new grade's cycle."""
    days = care_bodies.cycles(enrolment.type.body, enrolment.grade)[care_bodies.VISIT]
    last = enrolment.visits.filter(kind=care_bodies.VISIT).order_by("-happened_at").first()
    since = timezone.localdate(last.happened_at) if last else clock.today()
    due = enrolment.dues.filter(kind=care_bodies.VISIT, visit=None, dropped_at=None)
    due.update(due_on=since + timedelta(days=days), escalated_at=None)


def _open(actor: User, enrolment: Enrolment, purpose: str, *, is_break_glass: bool) -> Opening:
    now = clock.now()
    made = Opening.objects.create(
        enrolment=enrolment,
        user=actor,
        purpose=purpose.strip()[:200],
        is_break_glass=is_break_glass,
        at=now,
        expires_at=now + OPEN_FOR,
    )
    audit.record(
        actor,
        "enrolment.glass_broken" if is_break_glass else "enrolment.opened",
        object_type="enrolment",
        object_id=enrolment.pk,
        object_label=enrolment.ref,
        data={"purpose": made.purpose, "type": enrolment.type.code},
    )
    return made


def _keepers(enrolment: Enrolment) -> list[User]:
    return [
        user
        for user in users_with_permission(permissions.KEEP_CARE)
        if permissions.reaches(
            user,
            permissions.KEEP_CARE,
            tenant_id=enrolment.tenant_id,
            area_path=enrolment.area_path,
        )
    ]


def _overseers(enrolment: Enrolment) -> list[User]:
    auditors = users_with_permission("audit.read_audit").filter(
        appointments__post__organization__tenant_id=enrolment.tenant_id
    )
    return [*_keepers(enrolment), *auditors.distinct()]


def _require_grade(kind: SpecialType, grade: str) -> None:
    if grade not in {entry["code"] for entry in kind.body["grades"]}:
        raise InvalidInput(_("请选择风险等级"), field="grade")


def _told(enrolment: Enrolment) -> dict[str, Any]:
    return {
        "state": enrolment.state,
        "grade": enrolment.grade,
        "worker": enrolment.worker_id,
    }


def _sentence(enrolment: Enrolment, before: dict[str, Any]) -> str:
    body = enrolment.type.body
    if enrolment.state != before["state"]:
        return _("状态转为“%s”") % care_bodies.state_label(body, enrolment.state)
    if enrolment.grade != before["grade"]:
        return _("风险等级改为“%s”") % care_bodies.grade_label(body, enrolment.grade)
    return _("更换责任人")


def _step(
    actor: User,
    enrolment: Enrolment,
    said: str,
    reason: str,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    EnrolmentStep.objects.create(
        enrolment=enrolment,
        at=clock.now(),
        by_name=actor.display_name,
        said=said,
        reason=reason.strip()[:300],
    )
    audit.record(
        actor,
        "enrolment.changed" if before else "enrolment.made",
        object_type="enrolment",
        object_id=enrolment.pk,
        object_label=enrolment.ref,
        data={"type": enrolment.type.code, "before": before, "after": after},
    )
