"""The change feed: every event of the cases a viewer may see, in an order without gaps.

Ids cannot order a feed: an event with a smaller id may be committed later and a reader that
has passed it would never see it. Events carry the number of their transaction (a column with a
default, migration ``exchange``); the feed is ordered by (transaction, id) and ends before
the oldest transaction still running, below which nothing can appear any more. The same horizon
seals the audit log. Source: MT-13; docs/decisions/0026.
"""

import re
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import InvalidInput, Refused
from apps.matters.models import CaseEvent
from apps.matters.selectors.clients import usable_cases
from apps.matters.selectors.visible import visible_cases

LIMIT, MOST = 100, 500
WINDOW = 2000  # events looked at for one page, however few of them the viewer may see
LATEST = "latest"
_CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})")
# The oldest transaction still running, those of other databases of the server left out: a
# number belongs to one database for ever, so what the list of sessions says cannot be outdated.
_HORIZON = """
    WITH taken AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot)
    SELECT coalesce(
        (SELECT min(running::text::bigint)
         FROM pg_snapshot_xip(snapshot) AS running
         WHERE NOT EXISTS (
             SELECT FROM pg_stat_activity
             WHERE backend_xid = running::xid AND datname <> current_database())),
        pg_snapshot_xmax(snapshot)::text::bigint)
    FROM taken
"""
_NEXT = """
    SELECT id, txid::text::bigint FROM matters_caseevent
    WHERE (txid, id) > (%s::text::xid8, %s)
      AND txid < %s::text::xid8
    ORDER BY matters_caseevent.txid, id LIMIT %s
"""


@dataclass(frozen=True)
class ChangePage:
    """events: in the order of the feed. after: the cursor of the next page, always there.

    has_more: more may be waiting already; a page may be empty and have more, where the next
    events belong to cases the viewer may not see.
    """

    events: list[CaseEvent]
    after: str
    has_more: bool


def read_changes(
    viewer: User, *, after: str = "", limit: int = LIMIT, caller: object = None
) -> ChangePage:
    """Will give the events after a cursor, at most ``limit`` (1-500).

    after: a cursor of an earlier page; empty begins with the first event ever; "latest" gives
    an empty page whose cursor begins now. caller: ``request.auth`` of the API. The cost is
    bounded by ``WINDOW``, whatever the viewer may see.
    Raises: InvalidInput (after, limit); Refused ``cursor_unknown`` (a cursor from before the
        database was restored).
    """
    if not 1 <= limit <= MOST:
        raise InvalidInput(_("limit 应为 1 至 500"), field="limit")
    horizon = _horizon()
    if after == LATEST:
        return ChangePage([], f"{horizon}-0", has_more=False)
    position = _parse(after, horizon)
    window = _window(position, horizon)
    cases = usable_cases(caller, visible_cases(viewer))
    visible = CaseEvent.objects.filter(
        pk__in=[event_id for event_id, _txid in window], case__in=cases
    ).values_list("pk", flat=True)
    seen = set(visible)
    shown: list[int] = []
    for event_id, txid in window:
        if event_id in seen:
            if len(shown) == limit:
                return ChangePage(_load(shown), _write(position), has_more=True)
            shown.append(event_id)
        position = (txid, event_id)
    return ChangePage(_load(shown), _write(position), has_more=len(window) == WINDOW)


def _window(position: tuple[int, int], horizon: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [str(position[0]), position[1], str(horizon), WINDOW])
        return [(int(row[0]), int(row[1])) for row in cursor.fetchall()]


def _horizon() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        return int(cursor.fetchone()[0])


def _parse(after: str, horizon: int) -> tuple[int, int]:
    if not after:
        return 0, 0
    found = _CURSOR.fullmatch(after)
    if found is None:
        raise InvalidInput(_("after 应为上一页返回的游标"), field="after")
    txid, event_id = int(found[1]), int(found[2])
    if txid > horizon:
        raise Refused(
            _("游标来自恢复前的数据库，请从头读取或从 latest 开始"), code="cursor_unknown"
        )
    return txid, event_id


def _write(position: tuple[int, int]) -> str:
    return f"{position[0]}-{position[1]}"


def _load(event_ids: list[int]) -> list[CaseEvent]:
    found = (
        CaseEvent.objects.filter(pk__in=event_ids)
        .select_related("case__matter_type", "case__unit", "case__version")
        .defer("data", "note", "case__search", "case__form_data", "case__text")
    )
    by_id = {event.pk: event for event in found}
    return [by_id[event_id] for event_id in event_ids]
