"""Reconciliation: what was delivered in a day against what the other side says it received.

The other side is asked with a signed GET, ``<reconcile_url>?date=2026-11-20``, and answers
``{"count": 3, "ids": ["…"]}``: the ``webhook-id`` of the messages it took that day by the city's
time, repeats left out or not. ``ids`` may be missing; then only the numbers are compared.
Source: GW-06.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.common.http import CallFailed, get_bytes
from apps.gateway import signing
from apps.gateway.enums import DeliveryState, ReconciliationState
from apps.gateway.models import Connector, Delivery, Reconciliation
from apps.gateway.services.connectors import (
    MANAGE,
    checked_target,
    lock_connector,
    require_manager,
    valid_secrets,
)
from apps.gateway.services.deliveries import replay
from apps.gateway.services.mappings import PING
from apps.gateway.services.owners import is_answered_for
from apps.gateway.services.sending import managers_of
from apps.notices import services as notices

MOST_LISTED = 1000
#: Received this close to midnight it may lie in the other side's next or last day.
EDGE = timedelta(minutes=10)
MOST_OTHER_DAYS = 5
LONGEST_ID = 80


@dataclass(frozen=True)
class Theirs:
    """What the other side says of a day. ids: None where it gave the number only."""

    count: int
    ids: frozenset[str] | None


@dataclass(frozen=True)
class _Finding:
    state: ReconciliationState
    theirs: int | None = None
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    reason: str = ""


class _NotHeard(Exception):
    """The other side did not say anything usable; the text says why."""


def reconcile_due() -> int:
    """Will look at yesterday for every connector with an address for it; gives how many.

    A day that could not be looked at is tried again with the next call; what was looked at once
    it was over is left alone. Safe to run twice at once.
    """
    day = clock.today() - timedelta(days=1)
    _begins, ends = _bounds(day)
    done = Reconciliation.objects.filter(on_day=day, checked_at__gte=ends).exclude(
        state=ReconciliationState.FAILED
    )
    found = (
        Connector.objects.exclude(reconcile_url="")
        .exclude(pk__in=done.values("connector"))
        .order_by("pk")
    )
    connectors = list(found)
    for connector in connectors:
        with override("zh-hans"):
            _look_at(SYSTEM, connector, day)
    return len(connectors)


def reconcile(actor: User, *, connector_id: int, day: date) -> Reconciliation:
    """Will look at one day now and give how it went; audited. Asks the other side.

    day: by the city's calendar, today (so far) to as long ago as deliveries are kept.
    Raises: NotFound; NotAllowed; InvalidInput (``day``); Refused (no address for it).
    """
    with transaction.atomic():
        connector = lock_connector(actor, connector_id)
    if not connector.reconcile_url:
        raise Refused(gettext_lazy("该对接系统没有填写对账地址"))
    oldest = clock.today() - timedelta(days=settings.OUTBOX_KEEP_DAYS - 1)
    if not oldest <= day <= clock.today():
        raise InvalidInput(gettext_lazy("只能对 %s 至今天的账") % oldest.isoformat(), field="day")
    return _look_at(actor, connector, day)


@transaction.atomic
def replay_missing(actor: User, *, connector_id: int, reconciliation_id: int) -> int:
    """Will send again what the other side lacks of a day; audited. Gives the number in line.

    Locks the reconciliation. Raises: NotFound; NotAllowed; Refused (nothing is missing, or it
    was sent again already).
    """
    found = (
        Reconciliation.objects.select_for_update(of=("self",))
        .select_related("connector")
        .filter(pk=reconciliation_id, connector_id=connector_id)
        .first()
    )
    if found is None:
        raise NotFound(gettext_lazy("没有这次对账"))
    require_manager(actor, tenant_id=found.connector.tenant_id)
    if not found.missing:
        raise Refused(gettext_lazy("对方没有缺少的消息"))
    if found.replayed_at is not None:
        raise Refused(gettext_lazy("已经重发过；请待送达后重新对账"))
    ids = Delivery.objects.filter(connector=found.connector, public_id__in=found.missing)
    count = replay(actor, delivery_ids=list(ids.values_list("pk", flat=True)))
    found.replayed_at, found.replayed_by_name = clock.now(), actor.display_name[:100]
    found.save(update_fields=["replayed_at", "replayed_by_name"])
    _record(actor, "connector.missing_replayed", found, count=count)
    return count


def digest_of(ids: Iterable[str]) -> str:
    """Will give the SHA-256 of ids, sorted, one a line, in hexadecimal."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _look_at(actor: Actor, connector: Connector, day: date) -> Reconciliation:
    """Asks outside of any transaction, then writes."""
    ours = {str(row.public_id): row for row in _delivered_on(connector, day)}
    try:
        finding = _compare(connector, day, ours)
    except _NotHeard as error:
        finding = _Finding(ReconciliationState.FAILED, reason=str(error))
    return _write(actor, connector, day, set(ours), finding)


@transaction.atomic
def _write(
    actor: Actor, connector: Connector, day: date, ours: set[str], finding: _Finding
) -> Reconciliation:
    Connector.objects.select_for_update().get(pk=connector.pk)
    row, _made = Reconciliation.objects.update_or_create(
        connector=connector,
        on_day=day,
        defaults={
            "state": finding.state,
            "ours": len(ours),
            "ours_digest": digest_of(ours),
            "theirs": finding.theirs,
            "missing": list(finding.missing[:MOST_LISTED]),
            "missing_count": len(finding.missing),
            "unknown": list(finding.unknown[:MOST_LISTED]),
            "unknown_count": len(finding.unknown),
            "reason": finding.reason[:300],
            "checked_at": clock.now(),
            "replayed_at": None,
            "replayed_by_name": "",
        },
    )
    _record(actor, "connector.reconciled", row, state=row.state)
    if row.state != ReconciliationState.EVEN:
        _tell(row)
    return row


def _compare(connector: Connector, day: date, ours: dict[str, Delivery]) -> _Finding:
    theirs = _ask(connector, day)
    if theirs.ids is None:
        return _compare_numbers(day, ours, theirs.count)
    lacking = set(ours) - theirs.ids
    for other in _other_days(day, [ours[one] for one in lacking]):
        lacking -= _ask(connector, other).ids or frozenset()
    unknown = _never_sent(connector, theirs.ids - set(ours))
    if not lacking and not unknown:
        return _Finding(ReconciliationState.EVEN, theirs.count)
    return _Finding(
        ReconciliationState.DIFFERENT, theirs.count, tuple(sorted(lacking)), tuple(sorted(unknown))
    )


def _compare_numbers(day: date, ours: dict[str, Delivery], count: int) -> _Finding:
    """A message sent again may count on its first day there: so many fewer are no difference."""
    again = sum(_first_day(row) != day for row in ours.values())
    if len(ours) - again <= count <= len(ours):
        return _Finding(ReconciliationState.EVEN, count)
    reason = _("对方只给出数量，无法列出是哪些消息")
    return _Finding(ReconciliationState.DIFFERENT, count, reason=reason)


def _delivered_on(connector: Connector, day: date) -> list[Delivery]:
    begins, ends = _bounds(day)
    return list(
        Delivery.objects.filter(
            connector=connector,
            state=DeliveryState.SENT,
            sent_at__gte=begins,
            sent_at__lt=ends,
        )
        .exclude(topic=PING)
        .only("public_id", "sent_at", "first_sent_at", "connector_id")
    )


def _other_days(day: date, lacking: Iterable[Delivery]) -> list[date]:
    """Where else the other side may have counted messages: across midnight, or at first."""
    begins, ends = _bounds(day)
    found = set()
    for row in lacking:
        assert row.sent_at is not None
        found.add(_first_day(row))
        if row.sent_at - begins < EDGE:
            found.add(day - timedelta(days=1))
        if ends - row.sent_at < EDGE:
            found.add(day + timedelta(days=1))
    return sorted(one for one in found if one != day and one <= clock.today())[-MOST_OTHER_DAYS:]


def _first_day(row: Delivery) -> date:
    moment = row.first_sent_at or row.sent_at
    assert moment is not None
    return timezone.localdate(moment)


def _never_sent(connector: Connector, ids: frozenset[str]) -> set[str]:
    """Leaves what nobody here knows: what arrived although it looked failed is known."""
    wellformed = {one: parsed for one in ids if (parsed := _as_uuid(one)) is not None}
    known = Delivery.objects.filter(connector=connector, public_id__in=wellformed.values())
    sent = set(known.values_list("public_id", flat=True))
    return {one for one in ids if wellformed.get(one) not in sent}


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _bounds(day: date) -> tuple[datetime, datetime]:
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    return midnight, timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _ask(connector: Connector, day: date) -> Theirs:
    """Raises: _NotHeard."""
    joint = "&" if "?" in connector.reconcile_url else "?"
    url = f"{connector.reconcile_url}{joint}{urlencode({'date': day.isoformat()})}"
    try:
        answer = get_bytes(
            url,
            headers=signing.headers(
                valid_secrets(connector),
                message_id=f"reconcile-{day.isoformat()}-{uuid.uuid4()}",
                at=clock.now(),
                body=b"",
            )
            | {"User-Agent": "CityBrain-Webhook/1"},
            timeout_s=connector.timeout_s,
            target=checked_target(url),
        )
    except (CallFailed, DomainError) as error:
        raise _NotHeard(_("对方没有答复：%s") % error) from error
    if answer.status != 200:
        raise _NotHeard(_("对方答复 HTTP %d") % answer.status)
    try:
        said = answer.json()
    except (ValueError, RecursionError) as error:
        raise _NotHeard(_("对方的答复不是 JSON")) from error
    return _understood(said)


def _understood(said: object) -> Theirs:
    if not isinstance(said, dict):
        raise _NotHeard(_("对方的答复应为 {count, ids}"))
    count, ids = said.get("count"), said.get("ids")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 2**31:
        raise _NotHeard(_("对方答复中的 count 应为不小于 0 的整数"))
    if ids is None:
        return Theirs(count, None)
    if not isinstance(ids, list) or not all(_is_id(one) for one in ids):
        raise _NotHeard(_("对方答复中的 ids 应为投递编号的列表"))
    if count not in {len(ids), len(set(ids))}:
        raise _NotHeard(
            _("对方答复中的 count 为 %(count)d，ids 却有 %(ids)d 个")
            % {"count": count, "ids": len(ids)}
        )
    return Theirs(len(set(ids)), frozenset(ids))


def _is_id(one: object) -> bool:
    return isinstance(one, str) and 0 < len(one) <= LONGEST_ID and one.isprintable()


def _tell(row: Reconciliation) -> None:
    """Tells who answers for the other system's client, else who manages the connector."""
    connector = row.connector
    client = connector.inbound_client
    answering = client.owner_person if client is not None and is_answered_for(client) else None
    people = [answering] if answering is not None else list(managers_of(connector))
    words = {"name": connector.name, "day": row.on_day.isoformat()}
    if row.state == ReconciliationState.FAILED:
        title = _("对接系统“%(name)s”%(day)s 未能对账") % words
    else:
        title = _("对接系统“%(name)s”%(day)s 对账有差异") % words
    counts = {"missing": row.missing_count, "unknown": row.unknown_count}
    body = row.reason or _("对方缺少 %(missing)d 条，本方没有 %(unknown)d 条。") % counts
    page = reverse("connectors:reconciliation-detail", args=[connector.pk, row.pk])
    for person in people:  # whoever answers for the client need not manage connectors
        notices.notify(
            recipients=[person],
            kind="exchange",
            title=title,
            body=body,
            url=page if person.has_perm(MANAGE) else "",
            key=f"connector:{connector.pk}:reconciled:{row.on_day.isoformat()}:{row.state}",
        )


def _record(actor: Actor, action: str, row: Reconciliation, **more: object) -> None:
    audit.record(
        actor,
        action,
        object_type="gateway.connector",
        object_id=row.connector_id,
        object_label=row.connector.name,
        data={
            "day": row.on_day.isoformat(),
            "ours": row.ours,
            "theirs": row.theirs,
            "missing": row.missing_count,
            "unknown": row.unknown_count,
        }
        | more,
    )
