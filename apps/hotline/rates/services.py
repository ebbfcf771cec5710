"""Writers of the rates: versions of the formula, exclusions and their appeals, closed months."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for, users_with_permission
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.enums import (
    EXCLUDED_STATES,
    OPEN_EXCLUSIONS,
    ExclusionReason,
    ExclusionState,
    FormulaState,
)
from apps.hotline.models import (
    AppraisalLine,
    AppraisalMonth,
    Exclusion,
    ExclusionFile,
    RateFormula,
)
from apps.hotline.rates.facts import month_of
from apps.hotline.rates.formula import parse
from apps.hotline.rates.judging import RATES
from apps.hotline.rates.selectors import (
    Entry,
    add_up,
    count_month,
    digest_of,
    find_formula,
)
from apps.matters.models import Case
from apps.matters.selectors import get_case
from apps.matters.services import NewFile
from apps.notices import services as notices

FILES_MOST = 9
TEXT_MOST = 2000
BATCH = 5000

# --- Formulas ----------------------------------------------------------------------------


@transaction.atomic
def draft_formula(
    actor: User,
    *,
    tenant: Tenant,
    name: str,
    basis: str,
    body: Mapping[str, Any],
    effective_from: date,
) -> RateFormula:
    """Will write a new version, in force from a month on once approved; audited.

    basis: the document it rests on. effective_from: the first day of a month not yet closed.
    Locks the tenant. Raises: NotAllowed; InvalidInput.
    """
    _require(actor, "hotline.draft_rates", tenant.pk, _("您没有编制三率公式的权限"))
    rules = parse(body)
    if not name.strip() or not basis.strip():
        raise InvalidInput(_("请填写名称和依据"), field="name" if not name.strip() else "basis")
    if effective_from.day != 1:
        raise InvalidInput(_("起用月份应为某月一日"), field="effective_from")
    _require_open_from(tenant.pk, effective_from)
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    last = RateFormula.objects.filter(tenant=tenant).aggregate(n=Max("number"))["n"] or 0
    formula = RateFormula.objects.create(
        tenant=tenant,
        number=last + 1,
        name=name.strip()[:80],
        basis=basis.strip()[:300],
        body=rules.as_body(),
        effective_from=effective_from,
        created_at=clock.now(),
        author_id=actor.pk,
        author_name=actor.display_name,
    )
    _record(actor, "rate_formula.drafted", formula, "hotline.rate_formula")
    return formula


@transaction.atomic
def submit_formula(actor: User, *, formula_id: int) -> RateFormula:
    """Will hand a draft to a second person; audited. Raises: NotAllowed; NotFound; Refused."""
    formula = _lock_formula(formula_id)
    _require(actor, "hotline.draft_rates", formula.tenant_id, _("您没有编制三率公式的权限"))
    _require_state(formula.state, [FormulaState.DRAFT], _("只有草稿可以送审"))
    formula.state = FormulaState.SUBMITTED
    formula.save(update_fields=["state"])
    _record(actor, "rate_formula.submitted", formula, "hotline.rate_formula")
    return formula


@transaction.atomic
def approve_formula(actor: User, *, formula_id: int) -> RateFormula:
    """Will put a version in force from its month on; one of the same month retires; audited.

    Locks the version and the one it replaces. Raises: NotAllowed (no approver, or the author);
    NotFound; Refused (not submitted; a month it would change is closed).
    """
    formula = _lock_formula(formula_id)
    _require(actor, "hotline.approve_rates", formula.tenant_id, _("您没有审批三率公式的权限"))
    if formula.author_id == actor.pk:
        raise NotAllowed(_("编制人不能审批自己的公式，请由另一人审批"))
    _require_state(formula.state, [FormulaState.SUBMITTED], _("只有待审批的公式可以审批"))
    _require_open_from(formula.tenant_id, formula.effective_from)
    for earlier in RateFormula.objects.select_for_update().filter(
        tenant_id=formula.tenant_id,
        effective_from=formula.effective_from,
        state=FormulaState.PUBLISHED,
    ):
        earlier.state = FormulaState.RETIRED
        earlier.save(update_fields=["state"])
    formula.state, formula.approved_at = FormulaState.PUBLISHED, clock.now()
    formula.approver_id, formula.approver_name = actor.pk, actor.display_name
    formula.save(update_fields=["state", "approved_at", "approver_id", "approver_name"])
    _record(actor, "rate_formula.approved", formula, "hotline.rate_formula")
    return formula


@transaction.atomic
def send_back_formula(actor: User, *, formula_id: int) -> RateFormula:
    """Will give a submitted version back to its author; audited. Raises: as ``approve``."""
    formula = _lock_formula(formula_id)
    _require(actor, "hotline.approve_rates", formula.tenant_id, _("您没有审批三率公式的权限"))
    _require_state(formula.state, [FormulaState.SUBMITTED], _("只有待审批的公式可以退回"))
    formula.state = FormulaState.DRAFT
    formula.save(update_fields=["state"])
    _record(actor, "rate_formula.sent_back", formula, "hotline.rate_formula")
    return formula


# --- Exclusions --------------------------------------------------------------------------


@transaction.atomic
def file_exclusion(
    actor: User, *, case_id: int, reason_code: str, reason: str, files: Sequence[NewFile]
) -> Exclusion:
    """Will ask to leave a case out of the rates, on evidence; audited, superiors are told.

    files: 1-9 pieces of evidence. Locks the case.
    Raises: NotAllowed; NotFound; InvalidInput; Refused (one stands already; month closed).
    """
    case = get_case(actor, case_id=case_id)
    _require(actor, "hotline.file_exclusions", case.tenant_id, _("您没有申请剔除的权限"))
    if reason_code not in ExclusionReason.values:
        raise InvalidInput(_("请选择理由类别"), field="reason_code")
    text = _text(reason, "reason")
    if not 1 <= len(files) <= FILES_MOST:
        raise InvalidInput(_("请附 1 至 9 份证据"), field="files")
    Case.objects.select_for_update(of=("self",)).only("pk").get(pk=case.pk)
    _require_not_closed(case)
    standing = Exclusion.objects.filter(
        case=case, state__in=[*OPEN_EXCLUSIONS, *EXCLUDED_STATES]
    ).exists()
    if standing:
        raise Refused(_("此案件已有剔除申请"))
    exclusion = Exclusion.objects.create(
        case=case,
        tenant_id=case.tenant_id,
        unit=case.unit,
        reason_code=reason_code,
        reason=text,
        filed_at=clock.now(),
        filed_by_id=actor.pk,
        filed_by_name=actor.display_name,
    )
    _attach(exclusion, actor, files)
    _record(actor, "exclusion.filed", exclusion, "hotline.exclusion")
    _tell_rulers(exclusion, _("剔除申请待审批：%s") % case.title, "filed")
    return exclusion


@transaction.atomic
def decide_exclusion(actor: User, *, exclusion_id: int, approve: bool, note: str) -> Exclusion:
    """Will grant or refuse an application; audited, the applicant is told.

    Locks it. Raises: NotAllowed (no ruler, or the applicant); NotFound; InvalidInput (a refusal
    needs a note); Refused (not pending; month closed).
    """
    exclusion = _lock_exclusion(exclusion_id)
    _require_ruler(actor, exclusion, {exclusion.filed_by_id})
    _require_state(exclusion.state, [ExclusionState.PENDING], _("此申请已经审批"))
    _require_not_closed(exclusion.case)
    exclusion.decision_note = note.strip() if approve else _text(note, "note")
    exclusion.state = ExclusionState.APPROVED if approve else ExclusionState.REJECTED
    exclusion.decided_at = clock.now()
    exclusion.decided_by_id, exclusion.decided_by_name = actor.pk, actor.display_name
    exclusion.save()
    _record(actor, "exclusion.decided", exclusion, "hotline.exclusion")
    _tell_filer(exclusion, "decided")
    return exclusion


@transaction.atomic
def exclude_by_ruling(
    actor: User,
    *,
    case: Case,
    filed_by: tuple[int, str],
    filed_at: datetime,
    reason: str,
    note: str,
) -> Exclusion:
    """Will leave a case out of the rates because another procedure ruled so; audited.

    actor: who ruled there and had the right to. filed_by: key and name of who asked there.
    Locks the case. Raises: Refused (one stands already; month closed).
    """
    Case.objects.select_for_update(of=("self",)).only("pk").get(pk=case.pk)
    _require_not_closed(case)
    standing = [*OPEN_EXCLUSIONS, *EXCLUDED_STATES]
    if Exclusion.objects.filter(case=case, state__in=standing).exists():
        raise Refused(_("此案件已有剔除申请"))
    exclusion = Exclusion.objects.create(
        case=case,
        tenant_id=case.tenant_id,
        unit=case.unit,
        reason_code=ExclusionReason.OTHER,
        reason=reason[:TEXT_MOST],
        state=ExclusionState.APPROVED,
        filed_at=filed_at,
        filed_by_id=filed_by[0],
        filed_by_name=filed_by[1],
        decided_at=clock.now(),
        decided_by_id=actor.pk,
        decided_by_name=actor.display_name,
        decision_note=note[:TEXT_MOST],
    )
    _record(actor, "exclusion.decided", exclusion, "hotline.exclusion")
    return exclusion


@transaction.atomic
def appeal_exclusion(
    actor: User, *, exclusion_id: int, text: str, files: Sequence[NewFile] = ()
) -> Exclusion:
    """Will ask a third person to look at a refusal again, once; audited.

    Locks it. Raises: NotAllowed; NotFound; InvalidInput; Refused (not refused; appealed before).
    """
    exclusion = _lock_exclusion(exclusion_id)
    scope = scope_for(actor, "hotline.file_exclusions")
    own = exclusion.unit is not None and scope.covers_organization(exclusion.unit.path)
    if not (own or exclusion.filed_by_id == actor.pk or scope.everything):
        raise NotAllowed(_("只有申请单位可以申诉"))
    _require_state(exclusion.state, [ExclusionState.REJECTED], _("只有未获同意的申请可以申诉一次"))
    if len(files) > FILES_MOST:
        raise InvalidInput(_("附件最多%(most)s个") % {"most": FILES_MOST}, field="files")
    exclusion.appeal, exclusion.appealed_at = _text(text, "text"), clock.now()
    exclusion.appealed_by_name, exclusion.state = actor.display_name, ExclusionState.APPEALED
    exclusion.save()
    _attach(exclusion, actor, files)
    _record(actor, "exclusion.appealed", exclusion, "hotline.exclusion")
    _tell_rulers(exclusion, _("剔除申诉待裁定：%s") % exclusion.case.title, "appealed")
    return exclusion


@transaction.atomic
def rule_appeal(actor: User, *, exclusion_id: int, overturn: bool, note: str) -> Exclusion:
    """Will end an appeal: the case is left out after all, or the refusal stands; audited.

    Locks it. Raises: NotAllowed (no ruler; who applied or refused); NotFound; InvalidInput
    (note missing); Refused (no appeal; month closed).
    """
    exclusion = _lock_exclusion(exclusion_id)
    _require_ruler(actor, exclusion, {exclusion.filed_by_id, exclusion.decided_by_id})
    _require_state(exclusion.state, [ExclusionState.APPEALED], _("没有待裁定的申诉"))
    _require_not_closed(exclusion.case)
    exclusion.ruling_note, exclusion.ruled_at = _text(note, "note"), clock.now()
    exclusion.ruled_by_id, exclusion.ruled_by_name = actor.pk, actor.display_name
    exclusion.state = ExclusionState.OVERTURNED if overturn else ExclusionState.UPHELD
    exclusion.save()
    _record(actor, "exclusion.ruled", exclusion, "hotline.exclusion")
    _tell_filer(exclusion, "ruled")
    return exclusion


# --- Closed months -----------------------------------------------------------------------


@transaction.atomic
def close_month(actor: User, *, tenant: Tenant, month: date) -> AppraisalMonth:
    """Will close a month (封账): its lines and figures are stored with a digest; audited.

    month: its first day; it must be over. Locks the tenant, so that no version of the formula
    is approved meanwhile. Twice gives the first one.
    Raises: NotAllowed; Refused (not over; no formula in force; applications not yet ruled on).
    """
    _require(actor, "hotline.approve_rates", tenant.pk, _("您没有封账的权限"))
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    earlier = AppraisalMonth.objects.filter(tenant=tenant, month=month).first()
    if earlier is not None:
        return earlier
    if month.day != 1 or clock.today() <= month_of(month).last:
        raise Refused(_("考核月尚未结束，不能封账"))
    formula = find_formula(tenant, month)
    if formula is None:
        raise Refused(_("该月没有已发布的公式，不能封账"))
    rules = parse(formula.body)
    entries = count_month(tenant, month, rules)
    _require_ruled(tenant, entries)
    total = add_up(entries)
    closed = AppraisalMonth.objects.create(
        tenant=tenant,
        month=month,
        formula=formula,
        figures={
            "rates": {
                rate: {
                    "part": total.part[rate],
                    "whole": total.whole[rate],
                    "percent": _plain(total.rate(rate)),
                }
                for rate in RATES
            },
            "score": _plain(total.score(rules.weights)),
            "counted": total.counted,
            "excluded": total.excluded,
        },
        line_count=len(entries),
        digest=digest_of(formula, entries),
        closed_at=clock.now(),
        closed_by_name=actor.display_name,
    )
    AppraisalLine.objects.bulk_create((_line(closed, entry) for entry in entries), batch_size=BATCH)
    _record(actor, "appraisal_month.closed", closed, "hotline.appraisal_month")
    return closed


def _line(closed: AppraisalMonth, entry: Entry) -> AppraisalLine:
    return AppraisalLine(
        month=closed,
        case_id=entry.case_id,
        unit_id=entry.unit_id,
        area_id=entry.area_id,
        area_path=entry.area_path,
        channel=entry.channel,
        class_code=entry.class_code,
        response=None if entry.response is None else int(entry.response),
        solved=None if entry.solved is None else int(entry.solved),
        satisfied=None if entry.satisfied is None else int(entry.satisfied),
        reason=entry.reason,
    )


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _require_ruled(tenant: Tenant, entries: Sequence[Entry]) -> None:
    of_month = {entry.case_id for entry in entries}
    waiting = Exclusion.objects.filter(tenant=tenant, state__in=OPEN_EXCLUSIONS)
    left = of_month.intersection(waiting.values_list("case_id", flat=True))
    if left:
        raise Refused(_("本月还有 %d 件剔除申请未审批或申诉未裁定") % len(left))


def _require_open_from(tenant_id: int, effective_from: date) -> None:
    if AppraisalMonth.objects.filter(tenant_id=tenant_id, month__gte=effective_from).exists():
        raise Refused(_("起用月份及以后已有封账的考核月，公式不能追溯"), field="effective_from")


def _require_not_closed(case: Case) -> None:
    line = AppraisalLine.objects.filter(case=case).select_related("month").first()
    if line is not None:
        raise Refused(_("此案件所在的考核月 %s 已封账") % f"{line.month.month:%Y-%m}")


def _require(actor: User, permission: str, tenant_id: int, message: str) -> None:
    if not scope_for(actor, permission).covers_tenant(tenant_id):
        raise NotAllowed(message)


def _require_ruler(actor: User, exclusion: Exclusion, involved: set[int | None]) -> None:
    _require(actor, "hotline.rule_exclusions", exclusion.tenant_id, _("您没有审批剔除的权限"))
    if actor.pk in involved:
        raise NotAllowed(_("申请人和原审批人不能裁定，请由另一人办理"))


def _require_state(state: str, wanted: Sequence[str], message: str) -> None:
    if state not in wanted:
        raise Refused(message)


def _text(text: str, field: str) -> str:
    found = text.strip()
    if not found:
        raise InvalidInput(_("请填写理由"), field=field)
    if len(found) > TEXT_MOST:
        raise InvalidInput(_("最多 2000 字"), field=field)
    return found


def _lock_formula(formula_id: int) -> RateFormula:
    found = RateFormula.objects.select_for_update().filter(pk=formula_id).first()
    if found is None:
        raise NotFound(_("没有这个版本的公式"))
    Tenant.objects.select_for_update().get(pk=found.tenant_id)
    return found


def _lock_exclusion(exclusion_id: int) -> Exclusion:
    found = (
        Exclusion.objects.select_for_update(of=("self",))
        .select_related("case", "unit")
        .filter(pk=exclusion_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份剔除申请"))
    return found


def _attach(exclusion: Exclusion, actor: User, files: Sequence[NewFile]) -> None:
    moment = clock.now()
    ExclusionFile.objects.bulk_create(
        [
            ExclusionFile(
                exclusion=exclusion,
                file=new.file,
                name=new.name[:160],
                added_at=moment,
                added_by_name=actor.display_name,
            )
            for new in files
        ],
        ignore_conflicts=True,
    )


def _tell_rulers(exclusion: Exclusion, title: str, step: str) -> None:
    notices.notify(
        recipients=users_with_permission("hotline.rule_exclusions").filter(
            appointments__post__organization__tenant_id=exclusion.tenant_id
        ),
        kind="request",
        title=title,
        body=exclusion.reason,
        url=f"/hotline/rates/exclusions/{exclusion.pk}/",
        key=f"exclusion:{exclusion.pk}:{step}",
    )


def _tell_filer(exclusion: Exclusion, step: str) -> None:
    notices.notify(
        recipients=User.objects.filter(pk__in=[exclusion.filed_by_id]),
        kind="ruling",
        title=_("剔除申请：%s") % exclusion.get_state_display(),
        body=exclusion.ruling_note or exclusion.decision_note,
        url=f"/hotline/rates/exclusions/{exclusion.pk}/",
        key=f"exclusion:{exclusion.pk}:{step}",
    )


def _record(
    actor: User, action: str, thing: RateFormula | Exclusion | AppraisalMonth, kind: str
) -> None:
    data: dict[str, Any] = {}
    if isinstance(thing, RateFormula):
        data = {"body": thing.body, "from": thing.effective_from.isoformat()}
    elif isinstance(thing, Exclusion):
        data = {"case": thing.case_id, "state": thing.state, "reason": thing.reason_code}
    else:
        data = {"digest": thing.digest, "lines": thing.line_count}
    audit.record(
        actor,
        action,
        object_type=kind,
        object_id=thing.pk,
        object_label=str(thing),
        data=data,
    )
