"""Reading evidence: months, faults in words, alarms of a viewer, the board."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, User
from apps.accounts.selectors import appointments_in_force, in_force_q, scope_for
from apps.audit.enums import Fault
from apps.audit.models import AuditEntry, AuditSeal
from apps.common import clock, selfchecks
from apps.common.errors import NotFound
from apps.common.models import OutboxMessage
from apps.common.phrases import bracketed, clauses, labelled, series
from apps.evidence import permissions
from apps.evidence.clauses import CLAUSES, Clause
from apps.evidence.enums import ClauseState, Flaw, ReceiptState, TestKind
from apps.evidence.models import (
    Alarm,
    AlarmRule,
    Archive,
    Chain,
    ChainReceipt,
    Checkpoint,
    ClauseNote,
    ClauseResult,
    KeyEvent,
    RowDigest,
    RowFinding,
    SafetyTest,
)
from apps.evidence.registry import protected_tables
from apps.evidence.watching import KINDS, Kind
from apps.gateway.models import ApiClient

MONTHS_SHOWN = 24
LEAST_MONTHS = 6  # Cybersecurity Law, article 21; 004:6.2
#: The worse state wins where several checks answer one clause.
_WORST = (ClauseState.NOT, ClauseState.PARTLY, ClauseState.PERSON, ClauseState.FULFILLED)
#: How often a test is due. Quarterly and half-yearly: 004:6.2, 6.3; the others: GB/T 22239.
TEST_EVERY = {
    TestKind.OUTSIDE: timedelta(days=92),
    TestKind.RISK: timedelta(days=183),
    TestKind.GRADE: timedelta(days=365),
    TestKind.CRYPTO: timedelta(days=365),
}
LEVELS = {
    ClauseState.FULFILLED: "done",
    ClauseState.PARTLY: "soon",
    ClauseState.NOT: "over",
    ClauseState.PERSON: "action",
}


# --- Checkpoints and verifications --------------------------------------------------------


def list_checkpoints() -> QuerySet[Checkpoint]:
    """Will give the checkpoints, the newest first, with all that vouches for them."""
    return (
        Checkpoint.objects.select_related("key", "copy", "stamp")
        .prefetch_related("testimonies__witness")
        .order_by("-number")
    )


def get_checkpoint(number: int) -> Checkpoint:
    """Will give one checkpoint. Raises: NotFound."""
    found = list_checkpoints().filter(number=number).first()
    if found is None:
        raise NotFound(_("没有这个检查点"))
    return found


def list_witness_clients(viewer: User) -> QuerySet[ApiClient]:
    """Will give the API clients of the viewer's bodies that are no witness yet."""
    scope = scope_for(viewer, "evidence.manage_witnesses")
    found = ApiClient.objects.filter(revoked_at=None, witness=None)
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def find_by_digest(digest: str) -> Checkpoint | None:
    """Will give the checkpoint of this digest, whatever the case of its letters."""
    return list_checkpoints().filter(digest=digest.strip().lower()).first()


def fault_sentence(fault: Mapping[str, Any]) -> str:
    """Will say in one sentence what does not fit and where: stream, seal, entry, time."""
    labels: dict[str, Any] = {**dict(Fault.choices), **dict(Flaw.choices)}
    what = str(labels.get(fault["kind"], fault["kind"]))
    if fault.get("sequence"):
        at = parse_datetime(fault["at"])
        return _("审计日志第 %(sequence)d 条（编号 %(id)d，%(at)s，封存 %(seal)d）：%(what)s") % {
            "sequence": fault["sequence"],
            "id": fault["entry_id"],
            "at": f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else "—",
            "seal": fault["seal"],
            "what": what,
        }
    if fault.get("seal"):
        return _("审计日志封存 %(seal)d：%(what)s") % {"seal": fault["seal"], "what": what}
    about = labelled(what, fault["about"])
    return about + bracketed(fault["detail"]) if fault.get("detail") else about


# --- Chains and key events ----------------------------------------------------------------


@dataclass(frozen=True)
class Tries:
    """How often a chain was asked in vain to take a receipt's digest, and what it said."""

    receipt_id: int
    attempts: int
    last_error: str


def list_chains() -> QuerySet[Chain]:
    """Will give the chains with ``chained`` and ``waiting``, how many digests are where."""
    waiting = Q(receipts__state=ReceiptState.WAITING)
    return Chain.objects.annotate(
        chained=Count("receipts", filter=Q(receipts__state=ReceiptState.CHAINED)),
        waiting=Count("receipts", filter=waiting),
    )


def list_receipts() -> QuerySet[ChainReceipt]:
    """Will give what chains were given, the newest first."""
    return ChainReceipt.objects.select_related("chain", "checkpoint", "event__kind").order_by("-pk")


def tries_of(receipts: Iterable[ChainReceipt]) -> list[Tries]:
    """Will give the vain tries for those of the receipts that still wait."""
    waiting = [str(one.pk) for one in receipts if one.state == ReceiptState.WAITING]
    found = OutboxMessage.objects.filter(topic="evidence.chain", key__in=waiting, attempts__gt=0)
    return [Tries(int(one.key), one.attempts, one.last_error) for one in found]


def list_events(*, kind: str = "") -> QuerySet[KeyEvent]:
    """Will give the key events (of a kind, by key), the newest first, with their receipts."""
    found = KeyEvent.objects.select_related("kind").prefetch_related("receipts__chain")
    return found.filter(kind_id=int(kind)) if kind else found


# --- Protected rows -----------------------------------------------------------------------


@dataclass(frozen=True)
class ShownTable:
    """A protected table in words. noted: digests in the ledger."""

    label: str
    fields: list[str]
    noted: int


@dataclass(frozen=True)
class ShownFinding:
    """A row that does not fit, in one sentence."""

    finding: RowFinding
    sentence: str


def list_row_findings() -> QuerySet[RowFinding]:
    """Will give every row that ever did not fit, the newest first."""
    return RowFinding.objects.select_related("ended_by").order_by("-pk")


def show_row_findings(found: Iterable[RowFinding]) -> list[ShownFinding]:
    """Will say of each which table, key, field and when."""
    return [ShownFinding(one, row_sentence(one)) for one in found]


def row_sentence(finding: RowFinding) -> str:
    """Will name table, key, fields and the time between which it was changed."""
    model = apps.get_model(finding.table)
    names = series(_field_label(model, name) for name in finding.fields)
    words = {
        "table": model._meta.verbose_name,
        "key": finding.row_key,
        "label": bracketed(finding.label) if finding.label else "",
        "what": finding.get_fault_display(),
        "fields": labelled(_("字段"), names) if names else "",
        "since": _time(finding.since),
        "until": _time(finding.until),
    }
    return clauses(
        part
        for part in (
            _("“%(table)s”第 %(key)s 号%(label)s%(what)s") % words,
            words["fields"],
            _("在 %(since)s 至 %(until)s 之间") % words,
        )
        if part
    )


def list_protected() -> list[ShownTable]:
    """Will give the protected tables with the size of their ledgers."""
    counted = dict(RowDigest.objects.order_by().values_list("table").annotate(n=Count("pk")))
    found = []
    for protected in protected_tables():
        model = apps.get_model(protected.model)
        names = [_field_label(model, name) for name in protected.fields]
        label = str(model._meta.verbose_name)
        found.append(ShownTable(label, names, counted.get(protected.model, 0)))
    return found


def _field_label(model: type[Model], name: str) -> str:
    """What people call a field; a relation without a name of its own is called by its target."""
    found: Any = model._meta.get_field(name)
    if found.is_relation and found.verbose_name == name.replace("_", " "):
        return str(found.related_model._meta.verbose_name)
    return str(found.verbose_name)


def _time(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else str(_("首次登记"))


# --- Months and archives ------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """What the log has of one month. silent_days: days of it without any entry."""

    on: date
    entries: int
    sealed: int
    silent_days: int
    archive: Archive | None
    is_over: bool


def list_months() -> list[Month]:
    """Will give the coverage of the log month by month, the newest first, at most 24."""
    today = clock.today()
    first = _months_back(today, MONTHS_SHOWN - 1)
    found = (
        AuditEntry.objects.filter(at__gte=_midnight(first))
        .annotate(day=TruncDate("at"))
        .values("day")
        .annotate(n=Count("id"))
    )
    by_day = {row["day"]: row["n"] for row in found}
    if not by_day:
        return []
    begun = min(by_day)
    archives = {archive.month_on: archive for archive in Archive.objects.all()}
    months, month = [], today.replace(day=1)
    while month >= begun.replace(day=1):
        following = _next_month(month)
        days = list(_days(max(month, begun), min(following, today + timedelta(days=1))))
        seals = seals_between(month, following)
        months.append(
            Month(
                on=month,
                entries=sum(by_day.get(day, 0) for day in days),
                sealed=sum(seals.values_list("count", flat=True)),
                silent_days=sum(1 for day in days if day not in by_day),
                archive=archives.get(month),
                is_over=following <= today,
            )
        )
        month = _months_back(month, 1)
    return months


def months_to_archive() -> list[date]:
    """Will give the months old enough to be archived and not archived, the oldest first."""
    kept_months = max(LEAST_MONTHS, settings.AUDIT_RETENTION_MONTHS)
    before = _months_back(clock.today(), kept_months)
    seals = AuditSeal.objects.filter(sealed_at__lt=_midnight(before))
    done = set(Archive.objects.values_list("month_on", flat=True))
    days = seals.annotate(day=TruncDate("sealed_at")).values_list("day", flat=True).distinct()
    return sorted({day.replace(day=1) for day in days} - done)


def seals_between(first: date, following: date) -> QuerySet[AuditSeal]:
    """Will give the seals made from one day up to, not including, another."""
    return AuditSeal.objects.filter(
        sealed_at__gte=_midnight(first), sealed_at__lt=_midnight(following)
    )


def _days(first: date, end: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((end - first).days))


def _next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _months_back(day: date, months: int) -> date:
    whole = day.year * 12 + day.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# --- Alarms -------------------------------------------------------------------------------


@dataclass(frozen=True)
class AlarmSearch:
    """What to look for; empty: anything."""

    state: str = ""
    rule: str = ""
    severity: str = ""
    subject: str = ""
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True)
class ShownRule:
    """A rule as the city has set it, with the words of its kind."""

    rule: AlarmRule
    kind: Kind


def list_alarms(viewer: User, search: AlarmSearch | None = None) -> QuerySet[Alarm]:
    """Will give the alarms this person may read, the newest first; never those about them."""
    found = Alarm.objects.select_related("rule", "seen_by", "closed_by").order_by("-pk")
    found = found.filter(permissions.visible_q(viewer))
    return _narrow(found, search or AlarmSearch())


def get_alarm(viewer: User, alarm_id: int) -> Alarm:
    """Will give one alarm the viewer may read. Raises: NotFound."""
    found = list_alarms(viewer).filter(pk=alarm_id).first()
    if found is None:
        raise NotFound(_("没有这条告警"))
    return found


def entries_of(alarm: Alarm) -> QuerySet[AuditEntry]:
    """Will give the entries an alarm rests on, the oldest first."""
    return AuditEntry.objects.filter(pk__in=alarm.entries.values("entry_id")).order_by("at", "id")


def explain(alarm: Alarm) -> str:
    """Will say in one sentence why there is an alarm."""
    kind = KINDS.get(alarm.rule.code)
    if kind is None:
        return alarm.rule.code
    return str(kind.sentence) % {
        "subject": alarm.subject,
        "minutes": alarm.window_minutes,
        "count": alarm.count,
        "threshold": alarm.threshold,
    }


def rule_label(code: str) -> Promise | str:
    """Will give what people call a rule."""
    return KINDS[code].label if code in KINDS else code


def list_rules() -> list[ShownRule]:
    """Will give the rules in the order of their kinds."""
    rows = {rule.code: rule for rule in AlarmRule.objects.filter(code__in=KINDS)}
    return [ShownRule(rows[code], kind) for code, kind in KINDS.items() if code in rows]


def alarms_by_day(found: QuerySet[Alarm], *, days: int) -> tuple[list[date], dict[str, list[int]]]:
    """Will give the days up to today and, per rule that has any, the alarms of each day."""
    today = clock.today()
    span = [today - timedelta(days=n) for n in reversed(range(days))]
    rows = (
        found.order_by()
        .filter(raised_at__gte=_midnight(span[0]))
        .annotate(day=TruncDate("raised_at"))
        .values_list("day", "rule__code")
    )
    counted = Counter(rows)
    codes = sorted({code for _day, code in counted})
    return span, {code: [counted[(day, code)] for day in span] for code in codes}


def _narrow(found: QuerySet[Alarm], search: AlarmSearch) -> QuerySet[Alarm]:
    exact = {"state": search.state, "rule__code": search.rule, "severity": search.severity}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if search.subject:
        found = found.filter(subject__contains=search.subject)
    if search.from_on:
        found = found.filter(raised_at__gte=_midnight(search.from_on))
    if search.to_on:
        found = found.filter(raised_at__lt=_midnight(search.to_on + timedelta(days=1)))
    return found


# --- The board ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One check under a clause, asked now. since: since when the state is what it is."""

    label: str
    state: str
    text: str
    since: datetime | None

    @property
    def level(self) -> str:
        return LEVELS[ClauseState(self.state)]


@dataclass(frozen=True)
class ShownClause:
    """One clause of the board with its lines and what a person said last."""

    clause: Clause
    state: ClauseState
    lines: list[Line]
    note: ClauseNote | None
    is_due: bool

    @property
    def level(self) -> str:
        return LEVELS[self.state]


def show_board() -> list[ShownClause]:
    """Will ask every check now and give the clauses with their answers."""
    lines = {check.code: _line(check) for check in selfchecks.all_checks()}
    newest = ClauseNote.objects.order_by("clause", "-pk").distinct("clause")
    notes = {note.clause: note for note in newest.select_related("noted_by", "file")}
    return [_shown(clause, lines, notes.get(clause.code)) for clause in CLAUSES]


def count_states(board: list[ShownClause] | None = None) -> dict[str, int]:
    """Will count the clauses by state; every state is there."""
    counted = Counter(str(shown.state) for shown in (show_board() if board is None else board))
    return {str(state): counted[str(state)] for state in ClauseState}


def list_results(clause: Clause) -> QuerySet[ClauseResult]:
    """Will give how the answers of a clause changed, the newest first."""
    return ClauseResult.objects.filter(check_code__in=clause.checks).order_by("-pk")


def _line(check: selfchecks.Check) -> Line:
    try:
        with transaction.atomic():
            answer = check.run()
    except Exception as error:  # noqa: BLE001  one check that fails must not hide the others
        answer = selfchecks.Answer("not", _("检查未能完成：%s") % type(error).__name__)
    last = ClauseResult.objects.filter(check_code=check.code).order_by("-pk").first()
    since = last.found_at if last and last.state == answer.state else None
    return Line(str(check.label), answer.state, str(answer.text), since)


def _shown(clause: Clause, lines: Mapping[str, Line], note: ClauseNote | None) -> ShownClause:
    own = [lines[code] for code in clause.checks if code in lines]
    states = [ClauseState(line.state) for line in own]
    is_due = note is not None and note.next_on <= clock.today()
    if clause.needs_person or ClauseState.PERSON in states:
        # A person's word stands until its date; a check that is discontent outweighs it.
        states = [state for state in states if state != ClauseState.PERSON]
        states.append(ClauseState.PERSON if note is None or is_due else ClauseState(note.state))
    state = next((s for s in _WORST if s in states), ClauseState.PERSON)
    return ShownClause(clause, state, own, note, is_due)


# --- Filings and tests --------------------------------------------------------------------


@dataclass(frozen=True)
class TestDuty:
    """A kind of test with the last one. days: how often it is due."""

    __test__ = False  # no test of pytest

    label: str
    days: int
    last: SafetyTest | None
    is_late: bool


def list_test_duties() -> list[TestDuty]:
    """Will give every kind of test with when it was done last and whether it is late."""
    found = []
    for kind, span in TEST_EVERY.items():
        last = SafetyTest.objects.filter(kind=kind).first()
        is_late = last is None or last.next_on <= clock.today()
        found.append(TestDuty(str(kind.label), span.days, last, is_late))
    return found


def list_keepable_people(viewer: User) -> QuerySet[User]:
    """Will give the people of the viewer's body who may answer for a finding or a filing."""
    held = Appointment.objects.filter(in_force_q(), user=OuterRef("pk"))
    if not viewer.is_superuser:
        mine = [a.post.organization.tenant_id for a in appointments_in_force(viewer)]
        held = held.filter(post__organization__tenant__in=mine)
    return User.objects.filter(Exists(held), is_active=True).order_by("full_name", "username")
