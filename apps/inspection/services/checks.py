"""From a drawn object to a case, from the check to its result, from the result to the public."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM, on_behalf_of
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import StoredFile
from apps.common.phrases import series
from apps.inspection import credit, permissions
from apps.inspection.enums import Finding, ItemResult
from apps.inspection.models import CheckResult, DrawResult, SupervisedObject
from apps.inspection.selectors.register import scale_of, shown_name, unit_for
from apps.inspection.services.behaviour import write_behaviour
from apps.matters.definition import definition_of
from apps.matters.enums import Channel
from apps.matters.services import NewCase, NewFile, open_case, perform
from apps.notices import services as notices

OPEN_TOPIC = "inspection.open_check"
TEXT_MAX, PUBLIC_MAX, RETURN_MAX = 2000, 300, 300
# The matter leaves its steps to the system, so that nobody takes them without a result.
RETURN_ACTION = "redo"
#: Findings that say nothing was wrong, or that nothing could be looked at.
WITHOUT_FAULT = frozenset({Finding.NO_PROBLEM, Finding.MISSING, Finding.CLOSED, Finding.REFUSED})


@dataclass(frozen=True)
class NewResult:
    """What an inspector found. items: {code of the legal item: ItemResult}."""

    finding: str
    text: str
    checked_on: date
    public_text: str = ""
    items: Mapping[str, str] = field(default_factory=dict)
    file: StoredFile | None = None
    file_name: str = ""


@transaction.atomic
def open_check(result_id: int) -> None:
    """Will open the case of a drawn object and give it to the unit of the leading inspector.

    Once per result, however often called. Locks the result; tells the drawn inspectors.
    Raises: NotFound; what ``open_case`` refuses.
    """
    result = _lock(result_id)
    if result.case_id is not None:
        return
    plan, supervised = result.draw.plan, result.supervised
    seats = list(result.inspectors.select_related("inspector__user", "inspector__unit"))
    lead = seats[0].inspector
    outcome = open_case(
        SYSTEM,
        tenant=plan.tenant,
        report=NewCase(
            matter_type=plan.matter_type.code,
            title=f"{plan.matter_type.name}：{shown_name(supervised)}"[:120],
            text=_(
                "“%(plan)s”抽取编号%(draw)s抽中。对象：%(name)s，地址：%(address)s，"
                "监管责任单位：%(unit)s。"
            )
            % {
                "plan": plan.title,
                "draw": result.draw.number,
                "name": supervised.name,
                "address": supervised.address or supervised.area.name,
                "unit": unit_for(supervised, plan.matter_type_id).name,
            },
            channel=Channel.INTERNAL,
            lon=supervised.point.x if supervised.point else None,
            lat=supervised.point.y if supervised.point else None,
            address=supervised.address,
            source_key=f"draw-result:{result.pk}",
        ),
    )
    names = series(seat.inspector.user.display_name for seat in seats)
    perform(
        SYSTEM,
        case_id=outcome.case.pk,
        action="dispatch",
        data={
            "unit": lead.unit_id,
            "limit_amount": max(1, (plan.to_on - clock.today()).days),
            "limit_unit": "calendar_days",
            "instruction": _("检查人员：%s") % names,
            "override_reason": _("随机抽取"),
        },
        key="drawn",
    )
    result.case = outcome.case
    result.save(update_fields=["case"])
    notices.notify_all(
        [
            notices.Note(
                recipients=tuple(seat.inspector.user for seat in seats),
                kind="task",
                title=_("您被抽中检查：%s") % shown_name(supervised),
                body=_("请在%(day)s前完成检查并登记结果。") % {"day": plan.to_on},
                url=f"/inspection/checks/{result.pk}/",
                key=f"draw-result:{result.pk}",
            )
        ]
    )


@transaction.atomic
def record_result(actor: User, *, result_id: int, new: NewResult) -> CheckResult:
    """Will keep what a drawn inspector found; the case waits for publication then.

    What was sent back is recorded again as the next version. Locks the drawn result, then the
    case. Raises: NotFound; NotAllowed (not drawn for this object); Refused (recorded already;
        the case is not open); InvalidInput (finding, text, public_text, checked_on, items).
    """
    result = _lock(result_id)
    if not permissions.can_record(actor, result):
        raise NotAllowed(_("只有抽中的检查人员可以登记该对象的检查结果"))
    if CheckResult.objects.filter(live_of=result).exists():
        raise Refused(_("该对象的检查结果已登记"))
    if result.case is None:
        raise Refused(_("检查任务正在下达，请稍后再试"))
    _check(result, new)
    check = CheckResult.objects.create(
        result=result,
        live_of=result,
        version=result.checks.count() + 1,
        finding=new.finding,
        items=dict(new.items),
        text=new.text.strip(),
        public_text=new.public_text.strip(),
        checked_on=new.checked_on,
        file=new.file,
        file_name=new.file_name[:120],
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    perform(
        on_behalf_of(actor),
        case_id=result.case.pk,
        action="feed_back",
        data={
            "resolution": "solved" if new.finding in WITHOUT_FAULT else "partly",
            "result": f"{Finding(new.finding).label}。{check.text}"[:TEXT_MAX],
        },
        files=[NewFile(new.file, check.file_name)] if new.file is not None else [],
    )
    _record(actor, "check.recorded", check)
    return check


@transaction.atomic
def publish_result(actor: User, *, result_id: int) -> CheckResult:
    """Will put a result before the public and write it down as behaviour of the object.

    Locks the drawn result, the supervised object, then the case. Raises: NotFound (nothing
        recorded); NotAllowed (no right, or the actor recorded it); Refused (published already).
    """
    result, check = _lock_recorded(actor, result_id)
    assert result.case is not None
    check.published_at, check.published_by = clock.now(), actor
    check.save(update_fields=["published_at", "published_by"])
    supervised = SupervisedObject.objects.select_for_update().get(pk=result.supervised_id)
    behaviour = credit.behaviour_for(scale_of(supervised.tenant_id).body, check.finding)
    if behaviour is not None:
        write_behaviour(
            actor,
            supervised,
            behaviour=behaviour,
            happened_on=check.checked_on,
            text=_("抽查%(number)s：%(finding)s")
            % {"number": result.draw.number, "finding": Finding(check.finding).label},
            case=result.case,
            file=check.file,
            file_name=check.file_name,
        )
    perform(
        on_behalf_of(actor),
        case_id=result.case.pk,
        action="close",
        data={"note": _("检查结果已公示：%s") % Finding(check.finding).label},
        key="published",
    )
    _record(actor, "check.published", check)
    return check


@transaction.atomic
def return_result(actor: User, *, result_id: int, reason: str) -> CheckResult:
    """Will send a recorded result back to the drawn inspectors, who record it anew.

    The version stays as it is, with the reason; the case goes round again by the matter's
    ``redo``, which moves its clocks. Locks the drawn result, then the case; tells the inspectors.
    Raises: NotFound (nothing recorded); NotAllowed (no right, or the actor recorded it); Refused
        (published already; the matter knows no redo, or as many as it permits were made);
        InvalidInput (reason).
    """
    result, check = _lock_recorded(actor, result_id)
    assert result.case is not None
    why = reason.strip()
    if not 1 <= len(why) <= RETURN_MAX:
        raise InvalidInput(_("请填写退回原因，不超过%d字") % RETURN_MAX, field="reason")
    case = result.case
    if RETURN_ACTION not in definition_of(case.version_id, case.version.body).actions:
        raise Refused(_("该检查所用的事项版本没有“重办”动作，不能退回，请在事项中心补充"))
    check.returned_at, check.returned_by = clock.now(), actor
    check.returned_reason, check.live_of = why, None
    check.save(update_fields=["returned_at", "returned_by", "returned_reason", "live_of"])
    perform(
        on_behalf_of(actor),
        case_id=case.pk,
        action=RETURN_ACTION,
        data={"reason": why},
        key=f"returned:{check.version}",
    )
    _record(actor, "check.returned", check, version=check.version, reason=why)
    notices.notify_all(
        [
            notices.Note(
                recipients=tuple(
                    seat.inspector.user
                    for seat in result.inspectors.select_related("inspector__user")
                ),
                kind="task",
                title=_("检查结果被退回：%s") % shown_name(result.supervised),
                body=why,
                url=f"/inspection/checks/{result.pk}/",
                key=f"check-returned:{check.pk}",
            )
        ]
    )
    return check


def _lock_recorded(actor: User, result_id: int) -> tuple[DrawResult, CheckResult]:
    """A drawn object with the result that counts, both locked, for who may publish it."""
    result = _lock(result_id)
    check = (
        CheckResult.objects.select_for_update(of=("self",))
        .select_related("result__draw__plan")
        .filter(live_of=result)
        .first()
    )
    if check is None or result.case is None:
        raise NotFound(_("还没有登记检查结果"))
    plan = result.draw.plan
    permissions.require(
        actor, permissions.PUBLISH, tenant_id=plan.tenant_id, area_path=plan.area_path
    )
    if not permissions.can_publish(actor, check):
        raise NotAllowed(_("登记过该结果的人不能公示或退回，请由另一人办理"))
    if check.published_at is not None:
        raise Refused(_("该结果已公示"))
    return result, check


def _check(result: DrawResult, new: NewResult) -> None:
    if new.finding not in Finding.values:
        raise InvalidInput(_("请选择检查结论"), field="finding")
    if not 1 <= len(new.text.strip()) <= TEXT_MAX:
        raise InvalidInput(_("请填写检查情况，不超过%d字") % TEXT_MAX, field="text")
    if len(new.public_text.strip()) > PUBLIC_MAX:
        raise InvalidInput(_("公示内容不能超过%d字") % PUBLIC_MAX, field="public_text")
    assert result.draw.drawn_at is not None
    drawn_on = timezone.localdate(result.draw.drawn_at)
    if not drawn_on <= new.checked_on <= clock.today():
        raise InvalidInput(_("检查日期应在抽取之日（%s）到今天之间") % drawn_on, field="checked_on")
    assert result.case is not None
    legal = result.case.version.body.get("kind_parts", {}).get("legal_items", [])
    wanted = {item["code"]: item["label"] for item in legal}
    if set(new.items) - set(wanted) or set(new.items.values()) - set(ItemResult.values):
        raise InvalidInput(_("分项结果与事项的检查内容不符"), field="items")
    unanswered = [label for code, label in wanted.items() if code not in new.items]
    if unanswered:
        raise InvalidInput(_("请填写“%s”的结果") % unanswered[0], field="items")
    failed = [wanted[code] for code, found in new.items.items() if found == ItemResult.FAIL]
    if failed and new.finding == Finding.NO_PROBLEM:
        raise InvalidInput(_("“%s”不合格，结论不能是“未发现问题”") % failed[0], field="finding")
    if not failed and new.finding not in WITHOUT_FAULT:
        raise InvalidInput(_("发现问题时请至少将一项记为不合格"), field="items")


def _lock(result_id: int) -> DrawResult:
    found = (
        DrawResult.objects.select_for_update(of=("self",))
        .select_related(
            "draw__plan__matter_type",
            "draw__plan__tenant__area",
            "supervised__area",
            "case__version",
        )
        .filter(pk=result_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这项检查，或您无权查看"))
    return found


def _record(actor: User, action: str, check: CheckResult, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="check_result",
        object_id=check.pk,
        object_label=f"{check.result.draw.number} {check.result.supervised.ref}",
        data={"finding": check.finding, **data},
    )
