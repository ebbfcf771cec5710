"""What goes over the line to the city, and what its answers mean.

The dialect of ``gateway.registry``: claims, pauses, repeats, dead letters and replay are the
gateway's. Every request is signed by RFC 9421 with the key the city gave. Source: IO-11.
"""

import base64
import json
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import DomainError
from apps.common.http import Answer, CallFailed, get_bytes, post_bytes
from apps.districts.enums import BackKind
from apps.districts.models import Batch, Link, ReceivedFigure
from apps.districts.services.gathering import is_batch
from apps.gateway import httpsig
from apps.gateway.enums import ConnectorState
from apps.gateway.models import Connector, Delivery
from apps.gateway.sealing import unseal
from apps.gateway.services.connectors import checked_target
from apps.gateway.services.sending import Result

ASK_EVERY = timedelta(minutes=5)
ASKED_ROWS, MOST_PAGES = 200, 20
MOST_REFUSALS = 50
EXCERPT = 300
#: The city read the batch and will never take it. A wrong key or address is put right by people.
_FINAL = frozenset({400, 409, 413, 422})
_NOT_UNDERSTOOD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_AGENT = {"User-Agent": "CityBrain-Districts/1"}


def tell_city(connector: Connector, delivery: Delivery) -> Result:
    """Will make the one call of a delivery, and keep what the city said of every row.

    Never raises, runs in no transaction. A worker killed before the answer is kept sends again
    with the same ``Idempotency-Key``; the city gives its first answer.
    """
    link = Link.objects.select_related("connector").filter(connector=connector).first()
    if link is None:
        return Result(None, _("链路已不存在"), final=True, is_called=False)
    try:
        number = is_batch(json.loads(delivery.body))
        if number is None:
            return _judged(_ask_back(link, limit=1))
        batch = Batch.objects.select_related("stream").filter(pk=number).first()
        if batch is None or not batch.body:
            return Result(None, _("批次内容已清理，将重新汇集"), final=True, is_called=False)
        answer = _post(link, batch, key=str(delivery.public_id))
        result = _judged(answer)
        return _kept(batch, answer) if result.is_delivered else result
    except (CallFailed, DomainError) as error:
        return Result(None, str(error)[:EXCERPT])


def ask_back() -> int:
    """Will fetch what the cities give back, link by link, and give how many figures came.

    Any number of workers may run at once: a link is claimed by pushing ``next_ask_at`` ahead.
    To the city it is also the sign that the district is there, with nothing to pass on.
    """
    moment, taken = clock.now(), 0
    due = Link.objects.filter(next_ask_at__lte=moment, connector__state=ConnectorState.ACTIVE)
    for link_id in list(due.values_list("pk", flat=True)):
        claimed = Link.objects.filter(pk=link_id, next_ask_at__lte=moment)
        if claimed.update(next_ask_at=moment + ASK_EVERY):
            taken += _asked(Link.objects.select_related("connector").get(pk=link_id))
    return taken


def _asked(link: Link) -> int:
    taken = 0
    try:
        for _page in range(MOST_PAGES):
            answer = _ask_back(link, limit=ASKED_ROWS)
            result = _judged(answer)
            if not result.is_delivered:
                _note(link, result.reason)
                return taken
            count = _take_in(link, answer.json())
            taken += count
            if count < ASKED_ROWS:
                break
    except (CallFailed, DomainError) as error:
        _note(link, str(error))
        return taken
    except _NOT_UNDERSTOOD:
        _note(link, _("市级的答复无法识别"))
        return taken
    Link.objects.filter(pk=link.pk).update(last_error="", asked_at=clock.now())
    return taken


@transaction.atomic
def _take_in(link: Link, told: Any) -> int:
    """Raises: ValueError, KeyError, TypeError, AttributeError (not what a city says)."""
    items = told["items"]
    for item in items:
        number, day = item["id"], parse_date(item["day"])
        if type(number) is not int or day is None or not isinstance(item["body"], dict):
            raise ValueError("item")
        ReceivedFigure.objects.update_or_create(
            link=link,
            kind=BackKind(item["kind"]),
            day=day,
            defaults={"number": number, "body": item["body"], "received_at": clock.now()},
        )
        link.back_cursor = max(link.back_cursor, number)
    Link.objects.filter(pk=link.pk).update(back_cursor=link.back_cursor)
    return len(items)


def _kept(batch: Batch, answer: Answer) -> Result:
    try:
        told = answer.json()
        counts = {name: int(told[name]) for name in ("accepted", "unchanged", "refused")}
        refusals = [
            {name: str(row.get(name, ""))[:200] for name in ("origin", "field", "reason")}
            for row in told["results"]
            if row["verdict"] == "refused"
        ]
    except _NOT_UNDERSTOOD:
        return Result(answer.status, _("市级的答复无法识别"))
    Batch.objects.filter(pk=batch.pk).update(
        answered_at=clock.now(), refusals=refusals[:MOST_REFUSALS], **counts
    )
    return Result(answer.status, "", is_delivered=True)


def _post(link: Link, batch: Batch, *, key: str) -> Answer:
    url = f"{link.connector.url}/intake/{batch.stream.kind}/"
    body = batch.body.encode()
    return post_bytes(
        url,
        body,
        headers=_signed(link, "POST", url, body) | _AGENT | {"Idempotency-Key": key},
        timeout_s=link.connector.timeout_s,
        target=checked_target(url),
    )


def _ask_back(link: Link, *, limit: int) -> Answer:
    query = urlencode({"after": link.back_cursor, "limit": limit})
    url = f"{link.connector.url}/back/?{query}"
    return get_bytes(
        url,
        headers=_signed(link, "GET", url, b"") | _AGENT,
        timeout_s=link.connector.timeout_s,
        target=checked_target(url),
    )


def _signed(link: Link, method: str, url: str, body: bytes) -> dict[str, str]:
    return httpsig.sign(
        httpsig.Request(method, url, {}, body),
        keyid=link.keyid,
        secret=base64.b64decode(unseal(link.secret)),
        nonce=secrets.token_urlsafe(18),
        created=int(clock.now().timestamp()),
    )


def _judged(answer: Answer) -> Result:
    if 200 <= answer.status < 300:
        return Result(answer.status, "", is_delivered=True)
    said = answer.body[:EXCERPT].decode(errors="replace").replace("\x00", "")
    return Result(
        answer.status, f"HTTP {answer.status} {said}".strip(), final=answer.status in _FINAL
    )


def _note(link: Link, reason: str) -> None:
    Link.objects.filter(pk=link.pk).update(last_error=reason[:EXCERPT])
