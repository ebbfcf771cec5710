"""Two officers at once: crosswise merges, and a process that dies between event and message."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from apps.common import outbox
from apps.common.errors import DomainError
from apps.common.models import OutboxMessage
from apps.matters.models import Case
from apps.voices.models import Voice
from tests.cast import Cast
from tests.matters import factories as matters
from tests.voices import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Will do the deeds in threads that start together and give results or domain errors."""
    barrier, results = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results.append(deed())
        except DomainError as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_crosswise_merges_leave_one_main_case_at_most(cast: Cast) -> None:
    one, two = make.voice(cast, 1), make.voice(cast, 2)
    results = at_once(lambda: make.joined(cast, one, two), lambda: make.joined(cast, two, one))
    assert len(results) == 2
    assert sum(isinstance(result, DomainError) for result in results) >= 1
    merged = Case.objects.filter(state="merged").count()
    assert merged <= 1
    assert Voice.objects.filter(left_at=None).count() == merged


def test_words_ordered_before_a_crash_are_told_once_after_it(cast: Cast) -> None:
    main, twin = make.voice(cast, 1), make.voice(cast, 2)
    make.handled(cast, main)
    make.joined(cast, main, twin)
    matters.act(cast.handler, main, "feed_back", matters.feed_back_data())
    assert not any("已更换井盖" in said for said in make.told(twin))
    outbox.drain()
    message = OutboxMessage.objects.filter(topic="voices.relay").latest("pk")
    OutboxMessage.objects.filter(pk=message.pk).update(
        processed_at=None, available_at="2020-01-01T00:00Z"
    )
    outbox.drain()
    assert sum("已更换井盖" in said for said in make.told(twin)) == 1
