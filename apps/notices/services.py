"""Telling people: the bell inside the product, text messages and e-mails outside.

``notify``, ``send_sms`` and ``send_email`` are called by the services of higher apps in their
transaction; the row is the truth. ``push`` and ``deliver_due`` run in the worker.
"""

import logging
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock, commits, outbox, rows
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.common.waking import Waker
from apps.notices import bursts, selectors
from apps.notices.enums import Channel, DeliveryState
from apps.notices.models import Delivery, Notice, SimulatedMessage
from apps.notices.registry import AdapterError, Message, get_adapter

logger = logging.getLogger(__name__)

PUSH_TOPIC = "notices.push"
PUSHED_AT_ONCE = 200
MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=2)  # longer than a round and any adapter may take
CLAIMED_AT_ONCE = 20  # one journey for so many; so many wait for the lease if their worker dies
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 3600
#: Somebody who waits for a code gets it at once; texts by the thousand share few words.
_senders = Waker("notices.deliver_due", expires=30, pause=0.5)


def user_group(user_id: int) -> str:
    """Will give the channel group of one person's open pages."""
    return f"user-{user_id}"


@dataclass(frozen=True)
class Note:
    """What some people shall be told, once per key. See ``notify``."""

    recipients: Iterable[User]
    kind: str
    title: str
    key: str
    body: str = ""
    url: str = ""


def notify(
    *, recipients: Iterable[User], kind: str, title: str, body: str = "", url: str = "", key: str
) -> None:
    """Will tell each recipient once per key.

    recipients: users or a queryset of them; inactive ones and repeats are left out.
    kind: a short code pages filter by (``task``, ``clock``, ``supervise``); url: a path inside
    the product. Long titles and texts are cut. Open pages hear of it after commit.
    Raises: InvalidInput (the url leads outside).
    """
    notify_all([Note(recipients, kind, title, key, body, url)])


def notify_all(notes: Sequence[Note]) -> None:
    """Will tell many things at once, each as ``notify`` does, in one journey.

    Raises: InvalidInput (a url leads outside).
    """
    moment = clock.now()
    found = [row for note in notes for row in _rows(note, moment)]
    if not found:
        return
    with rows.gathered(savepoint=False):
        keys = rows.next_keys(Notice, len(found))
        for row, key in zip(found, keys, strict=True):
            row.pk = key
            rows.insert(row, once=("recipient_id", "key"))
        for first in range(0, len(keys), PUSHED_AT_ONCE):
            part = keys[first : first + PUSHED_AT_ONCE]
            outbox.enqueue(
                PUSH_TOPIC, key=f"{part[0]}-{part[-1]}-{len(part)}", payload={"notice_ids": part}
            )


def _rows(note: Note, moment: datetime) -> list[Notice]:
    url = note.url
    if url and (not url.startswith("/") or url.startswith(("//", "/\\"))):
        raise InvalidInput(_("通知链接必须是站内地址"), field="url")
    user_ids = dict.fromkeys(user.pk for user in note.recipients if user.is_active)
    return [
        Notice(
            recipient_id=user_id,
            kind=note.kind,
            title=note.title[:120],
            body=note.body[:500],
            url=url,
            key=note.key,
            created_at=moment,
        )
        for user_id in user_ids
    ]


def push(notice_ids: Sequence[int]) -> None:
    """Will show new notices on the open pages of their recipients.

    Best effort: a page that misses it reads the rows when it connects again, so a lost Redis
    is logged and not tried again.
    """
    unread = Notice.objects.filter(pk__in=notice_ids, read_at__isnull=True).order_by("id")
    notices = list(unread)
    counts = selectors.bell_counts(notice.recipient_id for notice in notices)
    events = [
        (
            user_group(notice.recipient_id),
            {
                "type": "notice.push",
                "id": notice.pk,
                "kind": notice.kind,
                "title": notice.title,
                "url": notice.url,
                "unread": counts[notice.recipient_id],
            },
        )
        for notice in notices
    ]
    try:
        async_to_sync(_show)(events)
    except (OSError, RedisError):
        logger.warning("channel layer not reachable; pages will read the notices later")


async def _show(events: Sequence[tuple[str, dict[str, Any]]]) -> None:
    layer: Any = get_channel_layer()
    for group, event in events:
        await layer.group_send(group, event)


def tell_pages(user_ids: Iterable[int], *, topic: str, data: dict[str, Any]) -> None:
    """Will tell the open pages of some people that something changed, after commit.

    topic: what changed, for example "call"; data: plain values, no personal data: a page asks
    for what it shows. Best effort like ``push``; nothing is kept.
    """
    audience = list(dict.fromkeys(user_ids))
    transaction.on_commit(lambda: _tell_pages(audience, topic, data), robust=True)


def tell_pages_of_bursts(user_ids: Iterable[int], *, topic: str, key: str) -> None:
    """Will tell as ``tell_pages`` does, without data, at most once a second for each key.

    What changes within the second is told at its end: the last change is never left out.
    """
    audience = list(dict.fromkeys(user_ids))
    tell = partial(_tell_pages, audience, topic, {})
    transaction.on_commit(lambda: bursts.in_turn(f"{topic}-{key}", tell), robust=True)


def mark_read(actor: User, *, notice_id: int) -> Notice:
    """Will note that the actor has read one of their notices; the first time counts.

    Raises: NotFound (not there, or somebody else's).
    """
    notice = Notice.objects.filter(recipient=actor, pk=notice_id).first()
    if notice is None:
        raise NotFound(_("没有这条通知"))
    if notice.read_at is None:
        notice.read_at = clock.now()
        Notice.objects.filter(pk=notice.pk, read_at__isnull=True).update(read_at=notice.read_at)
    return notice


def mark_all_read(actor: User, *, kind: str = "") -> int:
    """Will note that the actor has read all their notices (of a kind) and give the number."""
    unread = Notice.objects.filter(recipient=actor, read_at__isnull=True)
    if kind:
        unread = unread.filter(kind=kind)
    return unread.update(read_at=clock.now())


def move_unread(*, from_id: int, to_id: int) -> int:
    """Will give one account's unread notices to another and give their number.

    For two accounts of one person that become one; what both were told stays once. Within the
    caller's transaction.
    """
    told = Notice.objects.filter(recipient_id=to_id).values("key")
    unread = Notice.objects.filter(recipient_id=from_id, read_at__isnull=True)
    return unread.exclude(key__in=told).update(recipient_id=to_id)


def forget_pages(urls: Collection[str]) -> int:
    """Will delete what anybody was told with a link to one of these pages; gives the number."""
    return Notice.objects.filter(url__in=urls).delete()[0]


def forget_addressees(
    addressees: Collection[str], *, before: datetime, naming: Collection[str]
) -> int:
    """Will delete messages sent out to people who are forgotten, and give their number.

    Those from before a moment, and of the younger ones those that name one of these numbers.
    """
    named = Q(created_at__lt=before)
    for number in naming:
        named |= Q(text__contains=number)
    gone = 0
    for kind in (Delivery, SimulatedMessage):
        gone += kind.objects.filter(named, to__in=addressees).delete()[0]
    return gone


def send_sms(*, to: str, text: str, key: str) -> None:
    """Will order a text message, once per key; the same key again orders nothing."""
    _order(Channel.SMS, to=to, subject="", text=text, key=key)


def send_email(*, to: str, subject: str, text: str, key: str) -> None:
    """Will order an e-mail, once per key; the same key again orders nothing."""
    _order(Channel.EMAIL, to=to, subject=subject[:200], text=text, key=key)


def deliver_due(*, limit: int = 1000, seconds: float = 2.0) -> int:
    """Will send what is due and give the number sent; any number of workers may run.

    Messages are claimed some at once (SKIP LOCKED, attempt counted, two minutes of lease) and
    sent one by one outside a transaction. A retryable failure waits 30 s, 1 min, 2 min ... at
    most an hour; after 8 attempts the message is laid aside as dead, a final refusal at once
    as failed. seconds: no message is begun after them, so that a slow gateway never keeps a
    worker for long; what is left is given back, and another turn is ordered, which comes after
    whatever else waits for the workers.
    """
    sent, begun, end = 0, 0, time.monotonic() + seconds
    while begun < limit and time.monotonic() < end:
        claimed = _claim(min(CLAIMED_AT_ONCE, limit - begun))
        if not claimed:
            return sent
        for number, delivery in enumerate(claimed):
            if time.monotonic() >= end:
                _give_back(claimed[number:])
                break
            sent += _send(delivery)
            begun += 1
    _senders.wake()
    return sent


@transaction.atomic
def retry_deliveries(actor: User, *, delivery_ids: Sequence[int]) -> int:
    """Will put failed and dead messages back in line and give their number; audited.

    Raises: NotAllowed (the actor lacks ``notices.manage_deliveries``).
    """
    if not actor.has_perm("notices.manage_deliveries"):
        raise NotAllowed(_("需要“管理外发消息”权限"))
    given_up = (
        Delivery.objects.select_for_update()
        .filter(pk__in=delivery_ids, state__in=[DeliveryState.FAILED, DeliveryState.DEAD])
        .order_by("pk")
    )
    for delivery in given_up:
        delivery.state, delivery.attempts = DeliveryState.WAITING, 0
        delivery.next_at = clock.now()
        delivery.save(update_fields=["state", "attempts", "next_at"])
        audit.record(
            actor,
            "delivery.retried",
            object_type="notices.delivery",
            object_id=delivery.pk,
            object_label=str(delivery),
        )
    return len(given_up)


def _tell_pages(user_ids: Sequence[int], topic: str, data: dict[str, Any]) -> None:
    event = {"type": "page.changed", "topic": topic, "data": data}
    try:
        async_to_sync(_show)([(user_group(user_id), event) for user_id in user_ids])
    except (OSError, RedisError):
        logger.warning("channel layer not reachable; pages will ask again by themselves")


def _order(channel: Channel, *, to: str, subject: str, text: str, key: str) -> None:
    moment = clock.now()
    rows.add(
        Delivery,
        {
            "channel": channel,
            "key": key,
            "to": to.strip(),
            "subject": subject,
            "text": text,
            "next_at": moment,
            "created_at": moment,
        },
        once=("channel", "key"),
    )
    _senders.wake_after_commit()


@commits.light()
def _claim(most: int) -> list[Delivery]:
    claimed = list(
        Delivery.objects.select_for_update(skip_locked=True)
        .filter(state=DeliveryState.WAITING, next_at__lte=clock.now())
        .order_by("next_at", "id")[:most]
    )
    leased_to = clock.now() + LEASE
    _of(claimed).update(attempts=F("attempts") + 1, next_at=leased_to)
    for delivery in claimed:
        delivery.attempts += 1
        delivery.next_at = leased_to
    return claimed


def _give_back(claimed: Sequence[Delivery]) -> None:
    """What was not begun has not been tried, and need not wait for the lease to end."""
    _of(claimed).update(attempts=F("attempts") - 1, next_at=clock.now())


def _of(deliveries: Sequence[Delivery]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries])


def _send(delivery: Delivery) -> int:
    message = Message(
        channel=delivery.channel,
        to=delivery.to,
        subject=delivery.subject,
        text=delivery.text,
        key=delivery.key,
    )
    try:
        delivery.provider_id = get_adapter(delivery.channel).send(message)[:200]
    except AdapterError as error:
        _put_off(delivery, str(error), retryable=error.retryable)
        return 0
    except Exception as error:
        logger.exception("message adapter broke its contract", extra={"delivery": delivery.pk})
        _put_off(delivery, f"{type(error).__name__}: {error}", retryable=True)
        return 0
    delivery.state, delivery.sent_at, delivery.error = DeliveryState.SENT, clock.now(), ""
    with commits.light():  # forgotten, it is sent again under its key
        delivery.save(update_fields=["state", "sent_at", "provider_id", "error"])
    return 1


def _put_off(delivery: Delivery, reason: str, *, retryable: bool) -> None:
    delivery.error = reason[:500]
    if not retryable:
        delivery.state = DeliveryState.FAILED
    elif delivery.attempts >= MAX_ATTEMPTS:
        delivery.state = DeliveryState.DEAD
        logger.error("message given up", extra={"delivery": delivery.pk})
    else:
        wait = min(FIRST_WAIT_S * 2 ** (delivery.attempts - 1), LONGEST_WAIT_S)
        delivery.next_at = clock.now() + timedelta(seconds=wait)
    delivery.save(update_fields=["state", "error", "next_at"])
