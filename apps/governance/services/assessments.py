"""Risk assessment of major decisions: template, assessment, opinions, conclusion, measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.approvals.registry import Proposal
from apps.accounts.approvals.selectors import find_pending
from apps.accounts.approvals.services import file_change
from apps.accounts.models import HeldChange, Organization, Tenant, User
from apps.accounts.selectors import scope_for
from apps.audit.services import changes, document_changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import StoredFile
from apps.common.texts import clean_text
from apps.governance import permissions
from apps.governance.enums import AssessmentState, OpinionSource, TextState
from apps.governance.models import Opinion, RiskAssessment, RiskMeasure, RiskScore, RiskTemplate
from apps.governance.risk import MOST, parse
from apps.governance.selectors.assessments import conclusion_of
from apps.governance.services.versions import lock_version, move, next_number, publish

ACT = "governance-risk-conclusion"
COUNT_MOST = 10_000_000


@dataclass(frozen=True)
class NewOpinions:
    """One round of asking. way: 座谈会, 问卷 ...; the counts are of people or units."""

    source: OpinionSource
    way: str
    collected_on: date
    supporting: int
    opposing: int
    neutral: int
    summary: str
    file: StoredFile | None = None


@transaction.atomic
def draft_template(
    actor: User, *, tenant: Tenant, name: str, basis: str, body: Mapping[str, Any]
) -> RiskTemplate:
    """Will write a new version of the template; audited. Locks the body.

    body: see ``risk.Scheme``. basis: the document it rests on.
    Raises: NotAllowed; InvalidInput.
    """
    _require_keeper(actor, tenant.pk)
    template = RiskTemplate.objects.create(
        tenant=tenant,
        number=next_number(RiskTemplate.objects.all(), tenant),
        name=clean_text(name, "name", _("名称"), most=80),
        basis=clean_text(basis, "basis", _("依据"), most=300),
        body=parse(body).as_body(),
        created_at=clock.now(),
        author_id=actor.pk,
        author_name=actor.log_name[:100],
    )
    record_row(actor, "risk_template.drafted", template)
    return template


@transaction.atomic
def submit_template(actor: User, *, template_id: int) -> RiskTemplate:
    """Will hand a draft to a second person; audited. Raises: NotAllowed; NotFound; Refused."""
    found = lock_version(
        actor,
        RiskTemplate.objects.all(),
        template_id,
        right=permissions.ASSESS,
        state=TextState.DRAFT,
    )
    move(actor, found, TextState.SUBMITTED, "risk_template.submitted")
    return found


@transaction.atomic
def decide_template(actor: User, *, template_id: int, approve: bool) -> RiskTemplate:
    """Will put a submitted template in force, or give it back; audited.

    The one in force before retires; assessments under way keep theirs.
    Raises: NotAllowed (no approver, or the author); NotFound; Refused.
    """
    found = lock_version(
        actor,
        RiskTemplate.objects.all(),
        template_id,
        right=permissions.APPROVE_RISK,
        state=TextState.SUBMITTED,
    )
    if approve:
        same = RiskTemplate.objects.filter(tenant_id=found.tenant_id)
        publish(actor, found, same, "risk_template.published")
    else:
        move(actor, found, TextState.DRAFT, "risk_template.sent_back")
    return found


@transaction.atomic
def start_assessment(
    actor: User,
    *,
    tenant: Tenant,
    title: str,
    decision: str,
    unit_id: int,
    partner_ids: Sequence[int] = (),
) -> RiskAssessment:
    """Will begin an assessment by the template in force, with a number; audited.

    Locks the body (numbers have no gaps).
    Raises: NotAllowed; InvalidInput (title, decision, unit, partners); Refused (no template).
    Source: GR-19.
    """
    _require_keeper(actor, tenant.pk)
    units = {u.pk: u for u in Organization.objects.filter(tenant=tenant, is_active=True)}
    if unit_id not in units:
        raise InvalidInput(_("请选择本级在用的单位"), field="unit")
    if any(pk not in units for pk in partner_ids):
        raise InvalidInput(_("请选择本级在用的单位"), field="partners")
    template = RiskTemplate.objects.filter(tenant=tenant, state=TextState.PUBLISHED).first()
    if template is None:
        raise Refused(_("还没有已发布的风险评估模板"))
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    year = clock.today().year
    numbered = RiskAssessment.objects.filter(tenant=tenant, year=year)
    made = RiskAssessment.objects.create(
        tenant=tenant,
        year=year,
        serial=(numbered.aggregate(last=Max("serial"))["last"] or 0) + 1,
        title=clean_text(title, "title", _("决策事项"), most=120),
        decision=clean_text(decision, "decision", _("决策内容"), most=4000),
        unit=units[unit_id],
        template=template,
        created_at=clock.now(),
        created_by_id=actor.pk,
        created_by_name=actor.log_name[:100],
    )
    made.partners.set([pk for pk in partner_ids if pk != unit_id])
    record_row(actor, "risk_assessment.started", made, title=made.title)
    return made


@transaction.atomic
def save_scores(
    actor: User, *, assessment_id: int, scores: Mapping[str, tuple[int, str]]
) -> RiskAssessment:
    """Will score risks, each with its reason; audited. Locks the assessment.

    scores: by code of the template, 0-5 and why.
    Raises: NotAllowed; NotFound; InvalidInput (field: the code); Refused (approved, or waiting).
    """
    assessment = _lock_open(actor, assessment_id)
    known = {item.code for item in parse(assessment.template.body).items}
    before = _scores(assessment)
    for code, (score, reason) in scores.items():
        if code not in known:
            raise InvalidInput(_("模板没有这个风险项"), field=code)
        if not 0 <= score <= MOST:
            raise InvalidInput(_("评分应为 0 至 5"), field=code)
        words = clean_text(reason, code, _("评分理由"), most=1000)
        RiskScore.objects.update_or_create(
            assessment=assessment, code=code, defaults={"score": score, "reason": words}
        )
    told = document_changes(before, _scores(assessment))
    record_row(actor, "risk_assessment.scored", assessment, **told)
    return assessment


@transaction.atomic
def record_opinions(actor: User, *, assessment_id: int, new: NewOpinions) -> Opinion:
    """Will keep what a round of asking gave; audited. Locks the assessment.

    Raises: NotAllowed; NotFound; InvalidInput; Refused (approved, or waiting).
    """
    assessment = _lock_open(actor, assessment_id)
    counts = (new.supporting, new.opposing, new.neutral)
    if any(not 0 <= count <= COUNT_MOST for count in counts) or not any(counts):
        raise InvalidInput(_("请填写征求到的意见数"), field="supporting")
    if new.collected_on > clock.today():
        raise InvalidInput(_("日期不能晚于今天"), field="collected_on")
    opinion = Opinion.objects.create(
        assessment=assessment,
        source=new.source,
        way=clean_text(new.way, "way", _("方式"), most=60),
        collected_on=new.collected_on,
        supporting=new.supporting,
        opposing=new.opposing,
        neutral=new.neutral,
        summary=clean_text(new.summary, "summary", _("意见摘要"), most=2000),
        file=new.file,
        recorded_by_name=actor.log_name[:100],
    )
    record_row(actor, "risk_assessment.opinions_recorded", assessment, counts=list(counts))
    return opinion


@transaction.atomic
def write_conclusion(actor: User, *, assessment_id: int, text: str) -> RiskAssessment:
    """Will write the words of the conclusion; audited. Locks the assessment.

    Raises: NotAllowed; NotFound; InvalidInput; Refused (approved, waiting, risks not scored).
    """
    assessment = _lock_open(actor, assessment_id)
    found = conclusion_of(assessment)
    if found.missing:
        raise Refused(_("还有风险项没有评分：%s") % found.missing[0])
    before = snapshot(assessment, "conclusion")
    assessment.conclusion = clean_text(text, "conclusion", _("评估结论"), most=4000)
    assessment.save(update_fields=["conclusion"])
    changed = changes(before, snapshot(assessment, "conclusion"))
    record_row(actor, "risk_assessment.concluded", assessment, **changed)
    return assessment


def proposal_of(assessment: RiskAssessment) -> Proposal:
    """Will propose to fix the conclusion of an assessment as it stands."""
    found = conclusion_of(assessment)
    return Proposal(
        act=ACT,
        subject_type="governance.riskassessment",
        subject_id=assessment.pk,
        subject_label=f"{assessment.number} {assessment.title}",
        organization=assessment.unit,
        payload={
            "assessment_id": assessment.pk,
            "title": assessment.title,
            "score": str(found.score),
            "level": str(found.level.label),
            "steps": found.steps,
            "conclusion": assessment.conclusion,
        },
    )


@transaction.atomic
def file_conclusion(maker: User, *, assessment_id: int, reason: str) -> HeldChange:
    """Will hold the conclusion as it stands until a second person agrees; nothing may be changed.

    Raises: NotAllowed; NotFound; Refused (no conclusion; fixed; waits already); InvalidInput.
    """
    assessment = _lock_open(maker, assessment_id)
    if not assessment.conclusion:
        raise Refused(_("没有待审定的评估结论"))
    return file_change(maker, proposal=proposal_of(assessment), reason=reason)


@transaction.atomic
def approve_conclusion(maker: User, *, assessment_id: int, checker: User | None) -> RiskAssessment:
    """Will fix score and level once a second person agreed; for approved changes; audited.

    Locks the assessment. Raises: NotAllowed; NotFound; Refused (no conclusion; approved).
    """
    assessment = _lock(maker, assessment_id)
    if assessment.state == AssessmentState.APPROVED or not assessment.conclusion:
        raise Refused(_("没有待审定的评估结论"))
    if checker is None:
        raise NotAllowed(_("评估结论须由另一人审定"))
    found = conclusion_of(assessment)
    before = snapshot(assessment, "state", "score", "level")
    assessment.state, assessment.score = AssessmentState.APPROVED, found.score
    assessment.level, assessment.approved_at = found.level, clock.now()
    assessment.approved_by_name = checker.log_name[:100]
    assessment.save()
    changed = changes(before, snapshot(assessment, "state", "score", "level"))
    record_row(maker, "risk_assessment.approved", assessment, checker=checker.pk, **changed)
    return assessment


@transaction.atomic
def order_measure(
    actor: User, *, assessment_id: int, unit_id: int, text: str, due_on: date
) -> RiskMeasure:
    """Will order something against a risk; audited. Also after the approval.

    Raises: NotAllowed; NotFound; InvalidInput (unit, text, due_on).
    """
    assessment = _lock(actor, assessment_id)
    unit = Organization.objects.filter(
        tenant_id=assessment.tenant_id, is_active=True, pk=unit_id
    ).first()
    if unit is None:
        raise InvalidInput(_("请选择本级在用的单位"), field="unit")
    if due_on < clock.today():
        raise InvalidInput(_("完成期限不能早于今天"), field="due_on")
    measure = RiskMeasure.objects.create(
        assessment=assessment,
        unit=unit,
        text=clean_text(text, "text", _("措施"), most=1000),
        due_on=due_on,
    )
    record_row(actor, "risk_measure.ordered", measure, unit=unit.name, due_on=due_on.isoformat())
    return measure


@transaction.atomic
def finish_measure(actor: User, *, measure_id: int, note: str) -> RiskMeasure:
    """Will say that a measure is done; by a keeper of assessments; audited. Locks it.

    Raises: NotAllowed; NotFound; InvalidInput (note); Refused (done already).
    """
    measure = (
        RiskMeasure.objects.select_for_update(of=("self",))
        .select_related("assessment")
        .filter(pk=measure_id)
        .first()
    )
    if measure is None:
        raise NotFound(_("没有这项措施"))
    _require_keeper(actor, measure.assessment.tenant_id)
    if measure.done_at is not None:
        raise Refused(_("这项措施已经完成"))
    before = snapshot(measure, "done_at", "note")
    measure.note = clean_text(note, "note", _("完成情况"), most=1000)
    measure.done_at, measure.done_by_name = clock.now(), actor.log_name[:100]
    measure.save()
    changed = changes(before, snapshot(measure, "done_at", "note"))
    record_row(actor, "risk_measure.finished", measure, **changed)
    return measure


def _require_keeper(actor: User, tenant_id: int) -> None:
    allowed = scope_for(actor, permissions.ASSESS).covers_tenant(tenant_id)
    permissions.require(allowed, _("您没有编制风险评估的权限"))


def _lock(actor: User, assessment_id: int) -> RiskAssessment:
    found = (
        RiskAssessment.objects.select_for_update(of=("self",))
        .select_related("template")
        .filter(pk=assessment_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份风险评估"))
    _require_keeper(actor, found.tenant_id)
    return found


def _lock_open(actor: User, assessment_id: int) -> RiskAssessment:
    found = _lock(actor, assessment_id)
    if found.state != AssessmentState.DRAFT:
        raise Refused(_("评估已经审定，不能再改"))
    if find_pending(act=ACT, subject_id=found.pk) is not None:
        raise Refused(_("评估结论正在等待审定，请先撤回申请再改"))
    return found


def _scores(assessment: RiskAssessment) -> dict[str, Any]:
    return {s.code: {"score": s.score, "reason": s.reason} for s in assessment.scores.all()}
