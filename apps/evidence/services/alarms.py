"""Reading the log for alarms, and what the administrators do about them.

The log is read seal by seal: what is sealed never changes and comes once, in order. The
bookmark moves in the transaction that writes the alarms, so every entry is judged exactly once
whatever dies in between.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.audit.models import AuditEntry, AuditSeal, SealedLeaves
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.evidence import permissions
from apps.evidence.enums import AlarmState, Outcome, Watch
from apps.evidence.models import Alarm, AlarmBookmark, AlarmEntry, AlarmRule
from apps.evidence.watching import KINDS, Kind, Subject, subject_of, tenant_of, watch_of
from apps.notices import services as notices

SEALS_PER_ROUND = 50
FRESH = timedelta(days=1)  # the first time, older entries are history and raise nothing
STREAM = "audit"
REASON_MIN, REASON_MAX = 2, 500


@dataclass(frozen=True)
class RuleSettings:
    """What may be set of a rule. from_hour, to_hour: only of rules about night work."""

    is_on: bool
    threshold: int
    window_minutes: int
    from_hour: int | None = None
    to_hour: int | None = None


def seed_rules() -> None:
    """Will make the rules that are missing; those of the city stay as they are."""
    AlarmRule.objects.bulk_create(
        [
            AlarmRule(
                code=kind.code,
                severity=kind.severity,
                threshold=kind.threshold,
                window_minutes=kind.window_minutes,
                from_hour=kind.hours[0] if kind.hours else None,
                to_hour=kind.hours[1] if kind.hours else None,
            )
            for kind in KINDS.values()
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def watch_log() -> int:
    """Will judge the entries sealed since the last round and give the number of alarms raised.

    Locks the bookmark; a second worker at the same time does nothing.
    """
    seed_rules()
    AlarmBookmark.objects.get_or_create(stream=STREAM, defaults={"seal": _first_seal()})
    bookmark = AlarmBookmark.objects.select_for_update(skip_locked=True).filter(pk=STREAM).first()
    if bookmark is None:
        return 0
    raised = 0
    rules = list(AlarmRule.objects.filter(is_on=True, code__in=KINDS))
    seals = SealedLeaves.objects.filter(seal__number__gt=bookmark.seal).order_by("seal")
    for leaves in seals[:SEALS_PER_ROUND]:
        if leaves.seal_id != bookmark.seal + 1:
            break  # an older seal still waits for its leaves
        entries = AuditEntry.objects.filter(pk__in=audit.unpack_ids(bytes(leaves.ids)))
        for rule in rules:
            raised += _judge(rule, KINDS[rule.code], entries)
        bookmark.seal = leaves.seal_id
    bookmark.moved_at = clock.now()
    bookmark.save(update_fields=["seal", "moved_at"])
    return raised


@transaction.atomic
def see_alarm(actor: User, *, alarm_id: int) -> Alarm:
    """Will note that somebody looks into an alarm; audited. Locks the alarm.

    Raises: NotFound (not there, or not for the actor); Refused (it is not new).
    """
    alarm = _lock(actor, alarm_id)
    if alarm.state != AlarmState.NEW:
        raise Refused(_("该告警已有人处理"))
    alarm.state, alarm.seen_by, alarm.seen_at = AlarmState.SEEN, actor, clock.now()
    alarm.save(update_fields=["state", "seen_by", "seen_at"])
    _record(actor, "alarm.seen", alarm)
    return alarm


@transaction.atomic
def close_alarm(actor: User, *, alarm_id: int, outcome: str, reason: str) -> Alarm:
    """Will close an alarm with what came of it; audited. Locks the alarm.

    reason: 2-500 characters.
    Raises: NotFound (not there, or not for the actor); Refused (closed); InvalidInput.
    """
    alarm = _lock(actor, alarm_id)
    if alarm.state == AlarmState.CLOSED:
        raise Refused(_("该告警已关闭"))
    reason = reason.strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise InvalidInput(_("请填写处理说明（2至500字）"), field="reason")
    if outcome not in Outcome.values:
        raise InvalidInput(_("请选择结论"), field="outcome")
    alarm.state, alarm.outcome, alarm.reason = AlarmState.CLOSED, outcome, reason
    alarm.closed_by, alarm.closed_at = actor, clock.now()
    alarm.save(update_fields=["state", "outcome", "reason", "closed_by", "closed_at"])
    _record(actor, "alarm.closed", alarm, outcome=outcome)
    return alarm


@transaction.atomic
def set_rule(actor: User, *, code: str, wanted: RuleSettings) -> AlarmRule:
    """Will set a rule; audited with what it was before, and itself watched by the auditor.

    Locks the rule. Raises: NotAllowed (the actor lacks ``evidence.set_alarm_rules``);
    NotFound; InvalidInput (a figure out of range).
    """
    if not actor.has_perm("evidence.set_alarm_rules"):
        raise NotAllowed(_("需要“设置告警规则”权限"))
    seed_rules()
    rule = AlarmRule.objects.select_for_update().filter(code=code).first()
    if rule is None or code not in KINDS:
        raise NotFound(_("没有这条告警规则"))
    _check(KINDS[code], wanted)
    fields = ["is_on", "threshold", "window_minutes", "from_hour", "to_hour"]
    before = {name: getattr(rule, name) for name in fields}
    for name in fields:
        setattr(rule, name, getattr(wanted, name))
    rule.changed_at, rule.changed_by = clock.now(), actor.display_name[:100]
    rule.save()
    audit.record(
        actor,
        "alarm_rule.changed",
        object_type="evidence.rule",
        object_id=rule.pk,
        object_label=str(KINDS[code].label),
        data={"before": before, "after": {name: getattr(rule, name) for name in fields}},
    )
    return rule


def _check(kind: Kind, wanted: RuleSettings) -> None:
    if not 1 <= wanted.threshold <= 1_000_000:
        raise InvalidInput(_("次数须在1至1000000之间"), field="threshold")
    if not 1 <= wanted.window_minutes <= 43_200:
        raise InvalidInput(_("时间范围须在1分钟至30天之间"), field="window_minutes")
    hours = (wanted.from_hour, wanted.to_hour)
    if kind.hours and not all(h is not None and 0 <= h <= 23 for h in hours):
        raise InvalidInput(_("时刻须在0至23点之间"), field="from_hour")
    if not kind.hours and any(h is not None for h in hours):
        raise InvalidInput(_("该规则不分时刻"), field="from_hour")


def _first_seal() -> int:
    older = AuditSeal.objects.filter(sealed_at__lt=clock.now() - FRESH).order_by("-number")
    return older.values_list("number", flat=True).first() or 0


def _judge(rule: AlarmRule, kind: Kind, entries: QuerySet[AuditEntry]) -> int:
    groups: dict[tuple[str, int | None], list[AuditEntry]] = defaultdict(list)
    for entry in entries.filter(kind.wanted).order_by("at", "id"):
        if kind.fits(entry, rule):
            key = (entry.ip or "", None) if kind.by_address else (entry.actor_name, entry.actor_id)
            groups[key].append(entry)
    return sum(_weigh(rule, kind, subject_of(kind, new[0]), new) for new in groups.values())


def _weigh(rule: AlarmRule, kind: Kind, subject: Subject, new: list[AuditEntry]) -> int:
    """Adds to the open alarm about the same subject, or raises one if it has become too much."""
    window = timedelta(minutes=rule.window_minutes)
    going_on = (
        Alarm.objects.select_for_update()
        .filter(rule=rule, subject=subject.name[:120], last_at__gte=new[0].at - window)
        .exclude(state=AlarmState.CLOSED)
        .order_by("-pk")
        .first()
    )
    if going_on is not None:
        _add(going_on, kind, new)
        return 0
    found = _first_excess(_with_earlier(rule, kind, new, window), kind, rule.threshold, window)
    if not found:
        return 0
    _raise(rule, kind, subject, found)
    return 1


def _with_earlier(
    rule: AlarmRule, kind: Kind, new: list[AuditEntry], window: timedelta
) -> list[AuditEntry]:
    """The new entries and those shortly before them that no alarm of this rule rests on."""
    first = new[0]
    earlier = AuditEntry.objects.filter(kind.wanted, at__gt=first.at - window, at__lte=new[-1].at)
    earlier = (
        earlier.filter(ip=first.ip)
        if kind.by_address
        else earlier.filter(actor_id=first.actor_id, actor_name=first.actor_name)
    )
    told = AlarmEntry.objects.filter(alarm__rule=rule).values("entry_id")
    known = {entry.pk for entry in new}
    before = [
        entry
        for entry in earlier.exclude(pk__in=told).exclude(pk__in=known)
        if kind.fits(entry, rule)
    ]
    return sorted([*before, *new], key=lambda entry: (entry.at, entry.pk))


def _first_excess(
    entries: list[AuditEntry], kind: Kind, threshold: int, window: timedelta
) -> list[AuditEntry]:
    """The first entries within one window that weigh enough, with all behind them; else none."""
    start, weight = 0, 0
    for entry in entries:
        weight += kind.weight(entry)
        while entry.at - entries[start].at >= window:
            weight -= kind.weight(entries[start])
            start += 1
        if weight >= threshold:
            return entries[start:]
    return []


def _raise(rule: AlarmRule, kind: Kind, subject: Subject, entries: list[AuditEntry]) -> None:
    alarm = Alarm.objects.create(
        rule=rule,
        severity=rule.severity,
        subject_id=subject.user.pk if subject.user else None,
        subject=subject.name[:120],
        tenant_id=tenant_of(subject),
        count=0,
        threshold=rule.threshold,
        window_minutes=rule.window_minutes,
        first_at=entries[0].at,
        last_at=entries[-1].at,
        raised_at=clock.now(),
        watch=watch_of(kind, subject),
    )
    _add(alarm, kind, entries)
    watchers = users_with_permission(permissions.WATCHERS[Watch(alarm.watch)])
    notices.notify(
        recipients=[watcher for watcher in watchers if permissions.can_handle(watcher, alarm)],
        kind="alarm",
        title=str(_("安全告警：%(label)s") % {"label": kind.label}),
        body=subject.name,
        url=f"/evidence/alarms/{alarm.pk}/",
        key=f"alarm-{alarm.pk}",
    )


def _add(alarm: Alarm, kind: Kind, entries: list[AuditEntry]) -> None:
    AlarmEntry.objects.bulk_create(
        [AlarmEntry(alarm=alarm, entry_id=entry.pk) for entry in entries], ignore_conflicts=True
    )
    rest_on = AuditEntry.objects.filter(
        pk__in=AlarmEntry.objects.filter(alarm=alarm).values("entry_id")
    )
    alarm.count = sum(kind.weight(entry) for entry in rest_on)
    alarm.last_at = max(alarm.last_at, entries[-1].at)
    alarm.save(update_fields=["count", "last_at"])


def _lock(actor: User, alarm_id: int) -> Alarm:
    alarm = Alarm.objects.select_for_update(of=("self",)).filter(pk=alarm_id).first()
    if alarm is None or not permissions.can_handle(actor, alarm):
        raise NotFound(_("没有这条告警"))
    return alarm


def _record(actor: User, action: str, alarm: Alarm, **data: str) -> None:
    audit.record(
        actor,
        action,
        object_type="evidence.alarm",
        object_id=alarm.pk,
        object_label=f"{alarm.rule.code} {alarm.subject}",
        data=data,
    )
