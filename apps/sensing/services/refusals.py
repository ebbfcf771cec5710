"""What was refused, counted per day, reason and node; the first of a kind goes to the log."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.sensing.enums import Refusal
from apps.sensing.models import IntakeRefusal

#: Rows of one day; what comes on top is counted without the node.
MOST_ROWS = 2000
_COUNT = """
insert into sensing_intakerefusal (day, reason, node, count, last_at, detail)
values (%s, %s, %s, %s, %s, %s)
on conflict (day, reason, node) do update set
    count = sensing_intakerefusal.count + excluded.count,
    last_at = greatest(sensing_intakerefusal.last_at, excluded.last_at),
    detail = excluded.detail
returning xmax = 0
"""


Counted = Mapping[tuple[Refusal, str], tuple[int, str]]


def count_refusals(counted: Counted, *, now: datetime) -> None:
    """Will add to the counts of the day. counted: how often, and a detail, by reason and node.

    The first of a reason and node on a day is audited. Nodes nobody registered are whatever a
    stranger wrote: so many a day are kept by name, the others together.
    """
    if counted:
        _count(counted, now)


@transaction.atomic
def _count(counted: Counted, now: datetime) -> None:
    day = timezone.localtime(now).date()
    room = MOST_ROWS - IntakeRefusal.objects.filter(day=day).count()
    known: set[tuple[str, str]] = set(
        IntakeRefusal.objects.filter(
            day=day, node__in={_printable(node) for _reason, node in counted}
        ).values_list("reason", "node")
    )
    rows: dict[tuple[str, str], tuple[int, str]] = {}
    for (why, node), (count, detail) in counted.items():
        reason = why.value
        name = _printable(node)
        if (reason, name) not in known and name:
            room -= 1
            name = name if room >= 0 else ""
        before = rows.get((reason, name), (0, ""))
        rows[reason, name] = (before[0] + count, detail or before[1])
    with connection.cursor() as cursor:
        for (reason, node), (count, detail) in sorted(rows.items()):
            cursor.execute(_COUNT, [day, reason, node, count, now, _printable(detail)[:200]])
            if cursor.fetchone()[0]:
                audit.record(
                    SYSTEM,
                    "readings.refused",
                    object_type="device",
                    object_label=node,
                    data={"reason": reason, "count": count, "field": _printable(detail)},
                )


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:64]
