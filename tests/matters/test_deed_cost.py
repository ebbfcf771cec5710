"""What a deed costs: it goes to the database three or four times, however much it writes."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from apps.common import journeys
from apps.matters.models import CaseEvent
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


def test_a_deed_asks_early_and_writes_together(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, remember_from_now: Callable[[], None]
) -> None:
    remember_from_now()
    make.closed(cast)  # what is compiled and remembered at the first use
    send, sizes = journeys.send, []

    def counted(statements: Sequence[Any], **how: Any) -> Any:
        sizes.append(len(statements))
        return send(statements, **how)

    monkeypatch.setattr(journeys, "send", counted)
    case = make.registered(cast)
    way = [
        (cast.acceptor, "accept", make.ACCEPT),
        (cast.dispatcher, "dispatch", make.dispatch_data(cast)),
        (cast.handler, "sign", {}),
        (cast.handler, "feed_back", make.feed_back_data()),
        (cast.callback, "call_back", make.CALL_BACK),
    ]
    for actor, action, data in way:
        sizes.clear()
        make.act(actor, case, action, data)
        assert len(sizes) <= 5, f"{action}: {sizes}"
        assert sum(sizes) >= 12, f"{action}: {sizes}"
    assert CaseEvent.objects.filter(case=case).count() == 1 + len(way)
