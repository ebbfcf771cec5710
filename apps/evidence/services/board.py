"""Asking the checks and keeping their answers; what people add to the clauses; findings."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock, files, selfchecks
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.selfchecks import Answer, Check
from apps.evidence import selectors
from apps.evidence.clauses import BY_CODE
from apps.evidence.enums import ClauseState, FindingSeverity, FindingSource
from apps.evidence.models import ClauseNote, ClauseResult, Finding, SelfCheck

NOTE_MIN, NOTE_MAX = 2, 500
#: How long mending may take. High ones within a day: CL-05; the others are this house's.
MENDING = {
    FindingSeverity.HIGH: timedelta(hours=24),
    FindingSeverity.MIDDLE: timedelta(days=7),
    FindingSeverity.LOW: timedelta(days=30),
}


@dataclass(frozen=True)
class NewNote:
    """What a person says of a clause. next_on: when to look again."""

    clause: str
    state: str
    note: str
    next_on: date
    upload: File | None = None


@dataclass(frozen=True)
class NewFinding:
    """What was found. due_at: None for the time its severity gives."""

    title: str
    detail: str
    clause: str
    source: str
    severity: str
    owner: str
    due_at: datetime | None = None
    responsible: User | None = None


def ask_checks() -> int:
    """Will ask every check now and give the number of answers that changed."""
    return sum(_keep(check, _ask(check)) for check in selfchecks.all_checks())


@transaction.atomic
def add_note(actor: User, *, new: NewNote) -> ClauseNote:
    """Will keep what a person says of a clause; audited. The one before stays as history.

    Raises: NotAllowed (the actor lacks ``evidence.keep_board``); InvalidInput.
    """
    _require_keeper(actor)
    if new.clause not in BY_CODE:
        raise InvalidInput(_("没有这个条款"), field="clause")
    note = new.note.strip()
    if not NOTE_MIN <= len(note) <= NOTE_MAX:
        raise InvalidInput(_("请填写说明（2至500字）"), field="note")
    if new.next_on <= clock.today():
        raise InvalidInput(_("下次确认日期须在今天之后"), field="next_on")
    if new.state not in ClauseState.values or new.state == ClauseState.PERSON:
        raise InvalidInput(_("请选择符合、部分符合或不符合"), field="state")
    kept = ClauseNote.objects.create(
        clause=new.clause,
        state=new.state,
        note=note,
        file=files.store(new.upload) if new.upload else None,
        file_name=(new.upload.name or "")[:120] if new.upload else "",
        next_on=new.next_on,
        noted_by=actor,
        noted_at=clock.now(),
    )
    _record(actor, "clause.noted", "clause", new.clause, str(BY_CODE[new.clause].text))
    return kept


@transaction.atomic
def close_month(actor: User, *, note: str) -> SelfCheck:
    """Will keep the board of this month as it stands, signed off; audited.

    Raises: NotAllowed; InvalidInput (no conclusion); Refused (this month is signed off).
    """
    _require_keeper(actor)
    note = note.strip()
    if not NOTE_MIN <= len(note) <= NOTE_MAX:
        raise InvalidInput(_("请填写自查结论（2至500字）"), field="note")
    month = clock.today().replace(day=1)
    kept, created = SelfCheck.objects.get_or_create(
        month_on=month,
        defaults={
            "states": selectors.count_states(),
            "note": note,
            "done_by": actor,
            "done_at": clock.now(),
        },
    )
    if not created:
        raise Refused(_("本月自查已经完成"))
    _record(actor, "self_check.done", "self_check", kept.pk, str(kept))
    return kept


@transaction.atomic
def add_finding(actor: User, *, new: NewFinding) -> Finding:
    """Will keep something that must be mended; audited. High ones are due within 24 hours.

    Raises: NotAllowed; InvalidInput (a field).
    """
    _require_keeper(actor)
    if not NOTE_MIN <= len(new.title.strip()) <= 120:
        raise InvalidInput(_("请填写问题（2至120字）"), field="title")
    owner = new.owner.strip() or (new.responsible.display_name if new.responsible else "")
    if not owner:
        raise InvalidInput(_("请填写责任人"), field="owner")
    if new.severity not in FindingSeverity.values or new.source not in FindingSource.values:
        raise InvalidInput(_("请选择级别和来源"), field="severity")
    moment = clock.now()
    latest = moment + MENDING[FindingSeverity(new.severity)]
    if new.due_at is not None and not moment < new.due_at <= latest:
        raise InvalidInput(
            _("期限须在现在之后，且不晚于 %s") % f"{latest:%Y-%m-%d %H:%M}", field="due_at"
        )
    finding = Finding.objects.create(
        title=new.title.strip(),
        detail=new.detail.strip()[:500],
        clause=new.clause if new.clause in BY_CODE else "",
        source=new.source,
        severity=new.severity,
        owner=owner[:60],
        responsible=new.responsible,
        found_at=moment,
        due_at=new.due_at or latest,
        noted_by=actor,
    )
    _record(actor, "finding.added", "finding", finding.pk, finding.title)
    return finding


@transaction.atomic
def close_finding(actor: User, *, finding_id: int, fix: str) -> Finding:
    """Will note that something was mended and how; audited. Locks the finding.

    Raises: NotAllowed; NotFound; Refused (mended already); InvalidInput.
    """
    _require_keeper(actor)
    finding = Finding.objects.select_for_update().filter(pk=finding_id).first()
    if finding is None:
        raise NotFound(_("没有这个整改项"))
    if finding.fixed_at is not None:
        raise Refused(_("该项已整改完成"))
    if not NOTE_MIN <= len(fix.strip()) <= NOTE_MAX:
        raise InvalidInput(_("请填写整改情况（2至500字）"), field="fix")
    finding.fixed_at, finding.fix = clock.now(), fix.strip()
    finding.save(update_fields=["fixed_at", "fix"])
    _record(actor, "finding.closed", "finding", finding.pk, finding.title)
    return finding


def _ask(check: Check) -> Answer:
    try:
        with transaction.atomic():
            return check.run()
    except Exception as error:  # noqa: BLE001  one check that fails must not hide the others
        return Answer(ClauseState.NOT, _("检查未能完成：%s") % type(error).__name__)


@transaction.atomic
def _keep(check: Check, answer: Answer) -> int:
    """Keeps a row per change; the same answer again only moves ``seen_at``."""
    moment, text = clock.now(), str(answer.text)[:400]
    last = (
        ClauseResult.objects.select_for_update()
        .filter(check_code=check.code)
        .order_by("-pk")
        .first()
    )
    if last is not None and last.state == answer.state:
        last.text, last.seen_at = text, moment
        last.save(update_fields=["text", "seen_at"])
        return 0
    ClauseResult.objects.create(
        check_code=check.code, state=answer.state, text=text, found_at=moment, seen_at=moment
    )
    return 1


def _require_keeper(actor: User) -> None:
    if not actor.has_perm("evidence.keep_board"):
        raise NotAllowed(_("需要“维护合规看板”权限"))


def _record(actor: User, action: str, kind: str, key: object, label: str) -> None:
    audit.record(actor, action, object_type=f"evidence.{kind}", object_id=key, object_label=label)
