"""Appraisal of workers and streets: formulas, months, appeals. Issue 6, "ranking".

A month is computed as often as wanted until somebody else publishes it; then it stands with its
rows and a digest. A row left out by a granted appeal stays out whenever the month is computed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for, users_with_permission
from apps.audit.services import Actor, changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import StoredFile
from apps.common.periods import Period
from apps.common.texts import clean_text
from apps.fieldwork.enums import WorkerState
from apps.fieldwork.models import Worker
from apps.governance import permissions, scoring
from apps.governance.enums import AppealState, RunState, Subject, TextState
from apps.governance.indicators import Row, for_subject
from apps.governance.models import (
    Appeal,
    AppraisalFact,
    AppraisalFormula,
    AppraisalLine,
    AppraisalRun,
    Centre,
)
from apps.governance.selectors.appraisal import (
    digest_of,
    find_formula,
    may_appeal,
    month_of,
)
from apps.governance.services.centres import post_score
from apps.governance.services.versions import lock_version, move, next_number, publish
from apps.notices import services as notices
from apps.places.models import Area

BATCH, FILES_MOST = 2000, 9
STREET = "street"


@dataclass
class _Tally:
    """Somebody's rows of one run, by indicator."""

    name: str
    area_path: str
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))


# --- Formulas ----------------------------------------------------------------------------


@transaction.atomic
def draft_formula(
    actor: User,
    *,
    tenant: Tenant,
    subject: Subject,
    name: str,
    basis: str,
    body: Mapping[str, Any],
    effective_from: date,
) -> AppraisalFormula:
    """Will write a new version, in force from a month on once approved; audited.

    effective_from: the first day of a month. Locks the body. Raises: NotAllowed; InvalidInput.
    """
    _require(actor, permissions.DRAFT, tenant.pk, _("您没有编制考核公式的权限"))
    weights = scoring.parse(body, for_subject(subject))
    if effective_from.day != 1:
        raise InvalidInput(_("起用月份应为某月一日"), field="effective_from")
    formulas = AppraisalFormula.objects.filter(subject=subject)
    formula = AppraisalFormula.objects.create(
        tenant=tenant,
        subject=subject,
        number=next_number(formulas, tenant),
        name=clean_text(name, "name", _("名称"), most=80),
        basis=clean_text(basis, "basis", _("依据"), most=300),
        body=scoring.as_body(weights),
        effective_from=effective_from,
        created_at=clock.now(),
        author_id=actor.pk,
        author_name=actor.log_name[:100],
    )
    record_row(actor, "appraisal_formula.drafted", formula)
    return formula


@transaction.atomic
def submit_formula(actor: User, *, formula_id: int) -> AppraisalFormula:
    """Will hand a draft to a second person; audited. Raises: NotAllowed; NotFound; Refused."""
    formulas = AppraisalFormula.objects.all()
    found = lock_version(
        actor, formulas, formula_id, right=permissions.DRAFT, state=TextState.DRAFT
    )
    move(actor, found, TextState.SUBMITTED, "appraisal_formula.submitted")
    return found


@transaction.atomic
def decide_formula(actor: User, *, formula_id: int, approve: bool) -> AppraisalFormula:
    """Will put a submitted version in force from its month on, or give it back; audited.

    One of the same subject and month retires.
    Raises: NotAllowed (no approver, or the author); NotFound; Refused (a month it would change
        is published).
    """
    formulas = AppraisalFormula.objects.all()
    found = lock_version(
        actor, formulas, formula_id, right=permissions.APPROVE, state=TextState.SUBMITTED
    )
    if not approve:
        move(actor, found, TextState.DRAFT, "appraisal_formula.sent_back")
        return found
    published = AppraisalRun.objects.filter(
        tenant_id=found.tenant_id,
        subject=found.subject,
        state=RunState.PUBLISHED,
        month__gte=found.effective_from,
    )
    if published.exists():
        raise Refused(_("起用月份及以后的考核已公布，不能改变其公式"))
    same = AppraisalFormula.objects.filter(
        tenant_id=found.tenant_id, subject=found.subject, effective_from=found.effective_from
    )
    publish(actor, found, same, "appraisal_formula.published")
    return found


# --- Months ------------------------------------------------------------------------------


@transaction.atomic
def compute_month(actor: Actor, *, tenant: Tenant, subject: Subject, month: date) -> AppraisalRun:
    """Will compute a month by the formula in force and keep every row it counted; audited.

    Computed before, it is computed anew. Locks the body, so that nobody publishes meanwhile.
    Raises: NotAllowed; InvalidInput (a month to come); Refused (published; no formula).
    """
    if isinstance(actor, User):
        _require(actor, permissions.DRAFT, tenant.pk, _("您没有计算考核的权限"))
    period = month_of(month)
    if period.first > clock.today():
        raise InvalidInput(_("考核月还没有开始"), field="month")
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    formula = find_formula(tenant, subject, period.first)
    if formula is None:
        raise Refused(_("该月没有已发布的公式，不能计算"))
    run = AppraisalRun.objects.filter(tenant=tenant, subject=subject, month=period.first).first()
    if run is not None and run.state == RunState.PUBLISHED:
        raise Refused(_("该月考核已公布，不能重新计算"))
    run = run or AppraisalRun(tenant=tenant, subject=subject, month=period.first)
    before = snapshot(run, "formula", "computed_at")
    run.formula, run.computed_at = formula, clock.now()
    run.computed_by_id, run.computed_by_name = actor.pk, actor.display_name[:100]
    run.save()
    run.lines.all().delete()
    lines = _write_lines(run, _gather(run, period))
    changed = changes(before, snapshot(run, "formula", "computed_at"))
    record_row(actor, "appraisal_run.computed", run, lines=lines, **changed)
    return run


def _gather(run: AppraisalRun, period: Period) -> dict[int, _Tally]:
    tallies = _subjects(run.tenant, Subject(run.subject))
    indicators = for_subject(run.subject)
    for weight in scoring.parse(run.formula.body, indicators):
        for row in indicators[weight.code].read(run.tenant, period):
            key = row.user_id if run.subject == Subject.WORKER else _street(row, tallies)
            if key in tallies:
                tallies[key].rows[weight.code].append(row)
    return tallies


def _subjects(tenant: Tenant, subject: Subject) -> dict[int, _Tally]:
    if subject == Subject.WORKER:
        workers = (
            Worker.objects.filter(tenant=tenant)
            .exclude(state=WorkerState.LEFT)
            .select_related("user")
        )
        return {w.user_id: _Tally(w.user.full_name, w.area_path) for w in workers}
    if tenant.area is None:
        return {}
    streets = Area.objects.valid_on(clock.today()).filter(
        level__code=STREET, path__startswith=tenant.area.path
    )
    return {a.pk: _Tally(a.name, a.path) for a in streets.defer("boundary")}


def _street(row: Row, tallies: Mapping[int, _Tally]) -> int:
    parts = (int(part) for part in row.area_path.strip("/").split("/") if part)
    return next((part for part in parts if part in tallies), 0)


def _write_lines(run: AppraisalRun, tallies: dict[int, _Tally]) -> int:
    weights = scoring.parse(run.formula.body, for_subject(run.subject))
    out = _left_out(run)
    figures = {key: _figures(run, weights, tally, out) for key, tally in tallies.items()}
    scores = {key: scoring.total(found) for key, found in figures.items()}
    places = scoring.places(scores)
    lines = AppraisalLine.objects.bulk_create(
        AppraisalLine(
            run=run,
            subject_id=key,
            subject_name=tally.name[:100],
            area_path=tally.area_path,
            place=places[key],
            score=scores[key],
            figures=[one.as_json() for one in figures[key]],
        )
        for key, tally in tallies.items()
    )
    facts = (
        AppraisalFact(
            line=line,
            indicator=code,
            kind=row.kind,
            object_id=row.object_id,
            label=row.label[:160],
            at=row.at,
            value=row.value,
            left_out=(code, row.kind, row.object_id) in out,
        )
        for line in lines
        for code, rows in tallies[line.subject_id].rows.items()
        for row in rows
    )
    AppraisalFact.objects.bulk_create(facts, batch_size=BATCH)
    return len(lines)


def _left_out(run: AppraisalRun) -> set[tuple[str, str, int]]:
    granted = Appeal.objects.filter(
        tenant_id=run.tenant_id, month=run.month, state=AppealState.GRANTED
    )
    return set(granted.values_list("indicator", "kind", "object_id"))


def _figures(
    run: AppraisalRun,
    weights: Sequence[scoring.Weight],
    tally: _Tally,
    out: set[tuple[str, str, int]],
) -> list[scoring.Figure]:
    indicators = for_subject(run.subject)
    found = []
    for weight in weights:
        indicator = indicators[weight.code]
        rows = tally.rows.get(weight.code, [])
        values = [r.value for r in rows if (weight.code, r.kind, r.object_id) not in out]
        found.append(
            scoring.figure_of(
                weight,
                values,
                is_share=indicator.is_share,
                less_is_better=indicator.less_is_better,
            )
        )
    return found


@transaction.atomic
def publish_run(actor: User, *, run_id: int) -> AppraisalRun:
    """Will publish a month: lines and rows stand with a digest; workers are told; audited.

    Of streets the score also goes down to the centres of the streets. Locks the run.
    Raises: NotAllowed (no approver, or who computed it); NotFound; Refused (published; the
        month is not over; appeals wait; granted ones came after the computing).
    """
    run = (
        AppraisalRun.objects.select_for_update(of=("self",))
        .select_related("tenant", "formula")
        .filter(pk=run_id)
        .first()
    )
    if run is None:
        raise NotFound(_("没有这次考核"))
    _require(actor, permissions.APPROVE, run.tenant_id, _("您没有公布考核的权限"))
    if run.computed_by_id == actor.pk:
        raise NotAllowed(_("计算人不能公布自己计算的考核，请由另一人公布"))
    if run.state == RunState.PUBLISHED:
        raise Refused(_("该月考核已公布"))
    if clock.today() <= month_of(run.month).last:
        raise Refused(_("考核月尚未结束，不能公布"))
    _require_ruled(run)
    before = snapshot(run, "state", "published_at")
    run.state, run.published_at = RunState.PUBLISHED, clock.now()
    run.published_by_name = actor.log_name[:100]
    run.digest = digest_of(run)
    run.save()
    changed = changes(before, snapshot(run, "state", "published_at"))
    record_row(actor, "appraisal_run.published", run, digest=run.digest, **changed)
    if run.subject == Subject.STREET:
        _tell_centres(actor, run)
    else:
        _tell_workers(run)
    return run


def _require_ruled(run: AppraisalRun) -> None:
    appeals = Appeal.objects.filter(tenant_id=run.tenant_id, month=run.month)
    if appeals.filter(state=AppealState.PENDING).exists():
        raise Refused(_("还有考核申诉没有裁定，不能公布"))
    if appeals.filter(state=AppealState.GRANTED, ruled_at__gt=run.computed_at).exists():
        raise Refused(_("计算之后又有申诉予以剔除，请重新计算后公布"))


def _tell_workers(run: AppraisalRun) -> None:
    lines = {line.subject_id: line for line in run.lines.exclude(score=None)}
    notices.notify_all(
        [
            notices.Note(
                recipients=[user],
                kind="score",
                title=_("%(month)s 网格考核已公布：您得 %(score)s 分，第 %(place)s 名")
                % {
                    "month": f"{run.month:%Y-%m}",
                    "score": lines[user.pk].score,
                    "place": lines[user.pk].place,
                },
                key=f"appraisal-{run.pk}",
                url=f"/governance/appraisal/lines/{lines[user.pk].pk}/",
            )
            for user in User.objects.filter(pk__in=lines, is_active=True)
        ]
    )


def _tell_centres(actor: User, run: AppraisalRun) -> None:
    lines = {line.subject_id: line for line in run.lines.exclude(score=None)}
    centres = Centre.objects.filter(
        tenant_id=run.tenant_id, level=STREET, is_active=True, unit__area_id__in=lines
    ).select_related("parent__unit", "unit")
    for centre in centres:
        line = lines[centre.unit.area_id or 0]
        if centre.parent is not None and line.score is not None:
            post_score(
                actor,
                sender=centre.parent,
                receiver=centre,
                month=run.month,
                title=_("%s 街道网格考核") % f"{run.month:%Y-%m}",
                score=line.score,
                place=line.place,
                text=_("按“%s”计算，逐项依据见网格考核。") % run.formula,
                run_id=run.pk,
            )


# --- Appeals -----------------------------------------------------------------------------


@transaction.atomic
def file_appeal(actor: User, *, fact_id: int, reason: str, files: Sequence[StoredFile]) -> Appeal:
    """Will say that a counted row should not count, on evidence; those who rule are told; audited.

    By the worker it is about, or a leader of the area. files: 1-9. Locks the run.
    Raises: NotAllowed; NotFound; InvalidInput; Refused (published; appealed before).
    """
    fact = AppraisalFact.objects.select_related("line__run").filter(pk=fact_id).first()
    if fact is None or not may_appeal(actor, fact.line):
        raise NotFound(_("没有这条考核依据"))
    run = AppraisalRun.objects.select_for_update().get(pk=fact.line.run_id)
    if run.state == RunState.PUBLISHED:
        raise Refused(_("该月考核已公布，不能再申诉"))
    words = clean_text(reason, "reason", _("申诉理由"), most=2000)
    if not 1 <= len(files) <= FILES_MOST:
        raise InvalidInput(_("请附 1 至 9 份证据"), field="evidence")
    whole = {
        "tenant_id": run.tenant_id,
        "month": run.month,
        "indicator": fact.indicator,
        "kind": fact.kind,
        "object_id": fact.object_id,
    }
    if Appeal.objects.filter(**whole).exists():
        raise Refused(_("这条依据已经申诉过"))
    appeal = Appeal.objects.create(
        **whole,
        label=fact.label,
        reason=words,
        filed_at=clock.now(),
        filed_by_id=actor.pk,
        filed_by_name=actor.log_name[:100],
    )
    appeal.evidence.set(files)
    record_row(actor, "appraisal_appeal.filed", appeal, indicator=fact.indicator)
    rulers = users_with_permission(permissions.RULE).filter(
        appointments__post__organization__tenant_id=run.tenant_id
    )
    notices.notify(
        recipients=rulers.distinct(),
        kind="request",
        title=_("考核申诉待裁定：%s") % appeal.label,
        key=f"appraisal-appeal-{appeal.pk}",
        url="/governance/appraisal/appeals/",
    )
    return appeal


@transaction.atomic
def rule_appeal(actor: User, *, appeal_id: int, grant: bool, ruling: str) -> Appeal:
    """Will leave the row out or let it stand, with the reason; the appellant is told; audited.

    The month must be computed anew to show it. Locks the appeal.
    Raises: NotAllowed (no ruler, or who filed it); NotFound; InvalidInput; Refused (ruled).
    """
    appeal = Appeal.objects.select_for_update().filter(pk=appeal_id).first()
    if appeal is None:
        raise NotFound(_("没有这份申诉"))
    _require(actor, permissions.RULE, appeal.tenant_id, _("您没有裁定考核申诉的权限"))
    if appeal.filed_by_id == actor.pk:
        raise NotAllowed(_("申诉人不能裁定自己的申诉"))
    if appeal.state != AppealState.PENDING:
        raise Refused(_("此申诉已经裁定"))
    before = snapshot(appeal, "state", "ruling")
    appeal.ruling = clean_text(ruling, "ruling", _("裁定意见"), most=2000)
    appeal.state = AppealState.GRANTED if grant else AppealState.REFUSED
    appeal.ruled_at, appeal.ruled_by_id = clock.now(), actor.pk
    appeal.ruled_by_name = actor.log_name[:100]
    appeal.save()
    changed = changes(before, snapshot(appeal, "state", "ruling"))
    record_row(actor, "appraisal_appeal.ruled", appeal, **changed)
    notices.notify(
        recipients=User.objects.filter(pk=appeal.filed_by_id),
        kind="ruling",
        title=_("考核申诉已裁定：%(state)s（%(label)s）")
        % {"state": appeal.get_state_display(), "label": appeal.label},
        body=appeal.ruling,
        key=f"appraisal-appeal-{appeal.pk}-ruled",
        url="/governance/appraisal/appeals/",
    )
    return appeal


def _require(actor: User, right: str, tenant_id: int, message: str) -> None:
    permissions.require(scope_for(actor, right).covers_tenant(tenant_id), message)
