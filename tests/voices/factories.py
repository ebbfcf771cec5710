"""Demands of many people about one thing, and weeks of ordinary ones."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.common import clock
from apps.matters.models import Case
from apps.matters.selectors import public_timeline
from apps.voices import services
from apps.voices.models import Voice
from tests.cast import Cast
from tests.hotline import factories as hotline
from tests.matters import factories as matters

# Ten weeks ahead: the town of the tests has no matter in force before today.
NIGHT = (datetime.now(UTC) + timedelta(days=75)).replace(hour=12, minute=0, second=0, microsecond=0)
TEXT = "解放路与和平路路口的井盖松动，车辆经过时声音很大，希望尽快处理。"


def voice(cast: Cast, number: int, **changes: Any) -> Case:
    """Will give a demand of its own reporter about the same manhole cover."""
    given = {
        "title": f"井盖松动{number}",
        "text": f"我是附近居民{number}号，{TEXT}",
        "reporter_name": f"赵{number}",
        "reporter_phone": f"1390000{number:04d}",
    }
    return hotline.demand(cast, **(given | changes))


def handled(cast: Cast, case: Case) -> Case:
    """Will bring a demand to the unit at work on it."""
    matters.act(cast.acceptor, case, "accept", matters.ACCEPT)
    matters.act(cast.dispatcher, case, "dispatch", matters.dispatch_data(cast))
    return matters.act(cast.handler, case, "sign", {})


def joined(cast: Cast, main: Case, twin: Case, **changes: Any) -> Voice:
    """Will let a demand wait for the result of another."""
    given: dict[str, Any] = {"case_id": twin.pk, "main_id": main.pk, "reason": "同一井盖"}
    return services.join(cast.dispatcher, **(given | changes))


def told(case: Case) -> list[str]:
    """Will give what the reporter of a case may read, oldest first."""
    return [step["text"] for step in public_timeline(case)]


def many(
    cast: Cast, days: Sequence[int], *, first: int, until: datetime, **changes: Any
) -> list[Case]:
    """Will give one demand for each "so many days before ``until``", each of another reporter."""
    made = []
    for number, back in enumerate(days, first):
        with clock.at(until - timedelta(days=back, minutes=number % 300)):
            made.append(voice(cast, number, **changes))
    return made
