"""What stands where in devices of one make, written as data. Source: IO-09, IO-17."""

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.polling import permissions
from apps.polling.enums import ByteOrder, DataType, Protocol, Table
from apps.polling.models import PlanLine, PollPlan
from apps.sensing.models import DeviceProfile

_OID = re.compile(r"[0-2](\.(0|[1-9]\d{0,9})){1,40}")
_PATH = re.compile(r"[^.\s]+(\.[^.\s]+)*")
MOST_LINES = 200


@dataclass(frozen=True)
class LineSpec:
    """One line as it shall be; see ``PlanLine``. field: code of the profile's field."""

    field: str
    address: str
    table: str = Table.HOLDING
    data_type: str = DataType.UINT16
    byte_order: str = ByteOrder.ABCD
    scale: float = 1
    offset: float = 0


@dataclass(frozen=True)
class PlanSpec:
    """A plan as it shall be; see ``PollPlan``."""

    code: str
    name: str
    protocol: str
    profile: DeviceProfile
    lines: Sequence[LineSpec]


@transaction.atomic
def save_plan(actor: Actor, *, spec: PlanSpec, plan_id: int | None = None) -> PollPlan:
    """Will write a plan with its lines, new or over the one given; audited with both sides.

    Locks the plan. Raises: NotAllowed; NotFound; InvalidInput (fields "code", "lines"); Refused
        (devices are asked by it and it shall be of another protocol or profile).
    """
    permissions.require_keep_profiles(actor)
    plan = _locked(plan_id) if plan_id is not None else PollPlan()
    if PollPlan.objects.filter(code=spec.code).exclude(pk=plan.pk).exists():
        raise InvalidInput(_("代码“%(code)s”已被使用") % {"code": spec.code}, field="code")
    is_other = (plan.protocol, plan.profile_id) != (spec.protocol, spec.profile.pk)
    if plan.pk and is_other and plan.polls.exists():
        raise Refused(_("已有设备按此方案轮询，不能更换协议或型号"), field="protocol")
    fields = {field.code: field for field in spec.profile.fields.all()}
    _check(spec, set(fields))
    before = _told(plan) if plan.pk else {}
    plan.code, plan.name = spec.code, spec.name
    plan.protocol, plan.profile = spec.protocol, spec.profile
    plan.save()
    plan.lines.all().delete()
    PlanLine.objects.bulk_create(
        PlanLine(plan=plan, position=place, **asdict(line) | {"field": fields[line.field]})
        for place, line in enumerate(spec.lines)
    )
    audit.record(
        actor,
        "poll_plan.changed" if before else "poll_plan.created",
        object_type="poll_plan",
        object_id=plan.pk,
        object_label=plan.name,
        data=audit.document_changes(before, _told(plan)),
    )
    return plan


def _locked(plan_id: int) -> PollPlan:
    plan = PollPlan.objects.select_for_update(of=("self",)).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("没有这个采集方案"))
    return plan


def _check(spec: PlanSpec, known: set[str]) -> None:
    codes = [line.field for line in spec.lines]
    if not 0 < len(codes) <= MOST_LINES:
        raise InvalidInput(_("采集项须有 1 到 %(n)d 个") % {"n": MOST_LINES}, field="lines")
    if len(set(codes)) < len(codes):
        raise InvalidInput(_("同一字段只能采集一次"), field="lines")
    for line in spec.lines:
        _check_line(spec.protocol, line, known)


def _check_line(protocol: str, line: LineSpec, known: set[str]) -> None:
    told = {"field": line.field}
    if line.field not in known:
        raise InvalidInput(_("型号没有字段“%(field)s”") % told, field="lines")
    if not (math.isfinite(line.scale) and math.isfinite(line.offset) and line.scale):
        raise InvalidInput(_("字段“%(field)s”的倍率不能为 0") % told, field="lines")
    if protocol == Protocol.MODBUS and not (
        line.address.isdecimal() and len(line.address) < 6 and int(line.address) <= 65535
    ):
        raise InvalidInput(_("字段“%(field)s”的寄存器须为 0 到 65535") % told, field="lines")
    if protocol == Protocol.SNMP and not _OID.fullmatch(line.address):
        raise InvalidInput(_("字段“%(field)s”的对象标识无效") % told, field="lines")
    if protocol == Protocol.HTTP and not _PATH.fullmatch(line.address):
        raise InvalidInput(_("字段“%(field)s”的 JSON 路径无效") % told, field="lines")


def _told(plan: PollPlan) -> dict[str, object]:
    names = [name for name in LineSpec.__dataclass_fields__ if name != "field"]
    lines = plan.lines.select_related("field")
    return audit.snapshot(plan, "code", "name", "protocol", "profile_id") | {
        "lines": {line.field.code: audit.snapshot(line, *names) for line in lines}
    }
