"""Writing down a visit, from the page or from a phone that was offline. Source: GR-06, GR-14."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock, forms_data
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.places.geometry import point
from apps.registry import care_bodies, permissions
from apps.registry.models import Enrolment, RegistryFile, Visit
from apps.registry.selectors.care import list_enrolments
from apps.registry.services.care import lock_enrolment, plan_visit
from apps.registry.services.cycles import move_on

PICTURES_MOST = 40
#: A phone's clock may be this far ahead.
SKEW = timedelta(minutes=10)


@dataclass(frozen=True)
class VisitData:
    """A visit as it was written down.

    subject: the file visited; enrolment_id where it was for a special group. at: aware, by the
    visitor's clock. kind: "visit" or the code of a test of the type. data: by field of the
    type's visit form. next_on: another day than the cycle gives. lon, lat: WGS 84 degrees.
    """

    file_id: int
    at: datetime
    enrolment_id: int | None = None
    kind: str = care_bodies.VISIT
    findings: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    next_on: date | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    files: Sequence[StoredFile] = ()


def record_visit(actor: User, *, key: str, visit: VisitData) -> Visit:
    """Will keep a visit and plan the next one; the same key again gives the first answer.

    Locks the enrolment. Raises: NotFound (file or enrolment out of reach); Refused (the key is
        somebody else's); InvalidInput (key, at, kind, files, findings, a field of the form).
    """
    if not 1 <= len(key) <= 64:
        raise InvalidInput(_("操作编号长度应为1至64个字符"), field="key")
    file = RegistryFile.objects.filter(pk=visit.file_id).first()
    if file is None:
        raise NotFound(_("没有这份档案，或您无权查看"))
    if (known := _find(actor, file, key)) is not None:
        return known
    try:
        with transaction.atomic():
            return _keep(actor, key, file, visit)
    except IntegrityError:
        known = _find(actor, file, key)
        if known is None:
            raise
        return known


def _keep(actor: User, key: str, file: RegistryFile, visit: VisitData) -> Visit:
    enrolment = _enrolment_of(actor, file, visit)
    _check(visit, enrolment)
    fields = enrolment.type.body.get("visit_fields", []) if enrolment else []
    made = Visit.objects.create(
        tenant_id=file.tenant_id,
        key=key,
        file=file,
        enrolment=enrolment,
        kind=visit.kind,
        happened_at=visit.at,
        received_at=clock.now(),
        point=_spot(visit),
        accuracy_m=visit.accuracy_m,
        data=forms_data.clean({"fields": fields}, visit.data),
        findings=visit.findings.strip(),
        next_on=visit.next_on,
        area_path=file.area_path,
        by=actor,
        by_name=actor.display_name,
    )
    made.pictures.set(visit.files)
    if enrolment is not None and enrolment.ended_on is None:
        _plan_next(enrolment, made)
    if enrolment is None:
        move_on(made)
    audit.record(
        actor,
        "registry_visit.recorded",
        object_type="registry_file",
        object_id=file.pk,
        object_label=file.ref,
        data={"visit": made.pk, "enrolment": enrolment.ref if enrolment else ""},
    )
    return made


def _enrolment_of(actor: User, file: RegistryFile, visit: VisitData) -> Enrolment | None:
    """The enrolment, locked; without one the file itself must be the actor's to collect."""
    if visit.enrolment_id is None:
        if not permissions.reaches(
            actor, *permissions.WRITERS, tenant_id=file.tenant_id, area_path=file.area_path
        ):
            raise NotFound(_("没有这份档案，或您无权查看"))
        return None
    in_reach = list_enrolments(actor) | list_enrolments(actor, ended=True)
    if not in_reach.filter(pk=visit.enrolment_id, file=file).exists():
        raise NotFound(_("没有这份重点人员档案，或您无权查看"))
    return lock_enrolment(visit.enrolment_id)


def _check(visit: VisitData, enrolment: Enrolment | None) -> None:
    if visit.at > clock.now() + SKEW:
        raise InvalidInput(_("走访时间不能晚于现在"), field="at")
    if len(visit.files) > PICTURES_MOST:
        raise InvalidInput(_("照片最多%d张") % PICTURES_MOST, field="files")
    if len(visit.findings.strip()) > 1000:
        raise InvalidInput(_("情况不能超过1000个字"), field="findings")
    kinds = {care_bodies.VISIT}
    if enrolment is not None:
        kinds |= care_bodies.cycles(enrolment.type.body, enrolment.grade).keys()
    if visit.kind not in kinds:
        raise InvalidInput(_("请选择走访类别"), field="kind")
    if visit.next_on is not None and visit.next_on <= timezone.localdate(visit.at):
        raise InvalidInput(_("下次走访日期应晚于本次"), field="next_on")


def _spot(visit: VisitData) -> Any:
    if visit.lon is None or visit.lat is None:
        return None
    if not (-180 <= visit.lon <= 180 and -90 <= visit.lat <= 90):
        raise InvalidInput(_("坐标超出范围"), field="point")
    return point(visit.lon, visit.lat)


def _plan_next(enrolment: Enrolment, made: Visit) -> None:
    """The open duty is done by this visit, unless a later one has been written down already."""
    if enrolment.visits.filter(kind=made.kind, happened_at__gt=made.happened_at).exists():
        return
    enrolment.dues.filter(kind=made.kind, visit=None, dropped_at=None).update(visit=made)
    days = care_bodies.cycles(enrolment.type.body, enrolment.grade)[made.kind]
    following = made.next_on or timezone.localdate(made.happened_at) + timedelta(days=days)
    plan_visit(enrolment, made.kind, on=following)


def _find(actor: User, file: RegistryFile, key: str) -> Visit | None:
    found = Visit.objects.filter(tenant_id=file.tenant_id, key=key).first()
    if found is not None and found.by_id != actor.pk:
        raise Refused(_("操作编号已被使用"), code="key_taken")
    return found
