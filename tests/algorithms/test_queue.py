"""The queue: by priority, quota and label; one worker each; a dead one's work is done once."""

from collections.abc import Mapping
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Organization
from apps.algorithms.enums import WorkState
from apps.algorithms.models import CostLine, Quota, WorkItem
from apps.algorithms.registry import Done, Renew, temporarily
from apps.algorithms.selectors import list_work, reasons_of
from apps.algorithms.services import (
    WorkSpec,
    cancel_work,
    claim,
    finish,
    save_quota,
    submit,
    work_once,
)
from apps.algorithms.services.queue import LEASE
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Stale
from tests.algorithms.factories import person, plain_version
from tests.cast import Cast

written: list[str] = []


def done(payload: Mapping[str, Any], renew: Renew) -> Done:
    if payload.get("fails"):
        raise ValueError("broken job")
    return Done({"ok": True}, lambda: written.append(str(payload["name"])), ms=1500, frames=10)


@pytest.fixture(autouse=True)
def work() -> Any:
    written.clear()
    with temporarily(work={"test": done}):
        yield


def queued(unit: Organization, name: str = "a", **given: Any) -> WorkItem:
    payload = {"name": name} | given.pop("payload", {})
    spec = WorkSpec(
        key=name, kind="test", version=plain_version(), unit=unit, title=name, payload=payload,
        **given,
    )  # fmt: skip
    return submit(spec)


def test_the_most_urgent_first_then_fairly_between_units(cast: Cast) -> None:
    for name, unit, priority in (
        ("east-1", cast.east_works, 5), ("east-2", cast.east_works, 5),
        ("west-1", cast.west_works, 5), ("urgent", cast.west_works, 9),
    ):  # fmt: skip
        queued(unit, name, priority=priority)
    taken = [lease.item.title for lease in iter(lambda: claim("one"), None)]
    assert taken == ["urgent", "east-1", "east-2", "west-1"] or taken == [
        "urgent", "east-1", "west-1", "east-2",
    ]  # fmt: skip
    assert taken[0] == "urgent"
    assert taken[1] == "east-1"


def test_the_same_key_is_queued_once(cast: Cast) -> None:
    assert queued(cast.east_works).pk == queued(cast.east_works).pk
    assert WorkItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_never_share(cast: Cast) -> None:
    for number in range(4):
        queued(cast.east_works, f"job-{number}")
    found: list[int] = []
    start = Barrier(4)

    def take(name: str) -> None:
        start.wait()
        lease = claim(name)
        if lease is not None:
            found.append(lease.item.pk)
        connection.close()

    threads = [Thread(target=take, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) >= 3


def test_a_dead_workers_work_is_taken_over_and_written_once(cast: Cast) -> None:
    queued(cast.east_works)
    dead = claim("dead")
    assert dead is not None
    assert claim("other") is None
    with clock.at(clock.now() + LEASE + timedelta(seconds=1)):
        item = work_once("other")
        assert item is not None
        assert not dead.renew()
        with pytest.raises(Stale):
            finish(dead, done({"name": "from the grave"}, dead.renew))
    assert written == ["a"]
    assert (item.state, item.attempts) == (WorkState.DONE, 2)
    assert CostLine.objects.get().calls == 1


def test_work_that_kills_three_workers_is_given_up(cast: Cast) -> None:
    queued(cast.east_works)
    moment = clock.now()
    for _time in range(4):
        moment += LEASE + timedelta(seconds=1)
        with clock.at(moment):
            claim("victim")
    assert WorkItem.objects.get().state == WorkState.FAILED


def test_broken_work_is_tried_again_later_and_then_told(cast: Cast) -> None:
    queued(cast.east_works, payload={"fails": True})
    moment = clock.now()
    for number in range(3):
        with clock.at(moment + timedelta(minutes=5 * number)):
            work_once("one")
    item = WorkItem.objects.get()
    assert (item.state, item.error) == (WorkState.FAILED, "ValueError: broken job")


def test_a_quota_holds_a_unit_back_and_says_so(cast: Cast) -> None:
    """CP-06: seconds of a month, and how much at once."""
    publisher = person("publisher", "publisher", cast.center)
    chief = person("chief", "publisher", cast.east_works)
    save_quota(chief, unit=cast.east_works, seconds_a_month=2, at_once=1)
    for name in ("a", "b", "c"):
        queued(cast.east_works, name)
    first = claim("one")
    assert first is not None
    assert claim("two") is None
    finish(first, done({"name": "a"}, first.renew))
    assert work_once("one") is not None
    assert work_once("one") is None
    [waiting] = WorkItem.objects.filter(state=WorkState.WAITING)
    assert "配额" in reasons_of([waiting])[waiting.pk]
    with pytest.raises(NotAllowed):
        save_quota(chief, unit=cast.west_works, seconds_a_month=2, at_once=1)
    with pytest.raises(InvalidInput) as refused:
        save_quota(chief, unit=cast.east_works, seconds_a_month=2, at_once=0)
    assert refused.value.field == "at_once"
    assert Quota.objects.count() == 1
    assert publisher.pk


def test_work_waits_for_a_worker_with_its_label(cast: Cast) -> None:
    item = queued(cast.east_works, label="gpu")
    assert claim("plain") is None
    assert "gpu" in reasons_of([item])[item.pk]
    lease = claim("strong", ("gpu",))
    assert lease is not None


def test_who_sees_and_cancels_work(cast: Cast) -> None:
    keeper = person("keeper", "keeper", cast.east_works)
    neighbour = person("neighbour", "keeper", cast.west_works)
    reader = person("reader", "reader", cast.east_works)
    item = queued(cast.east_works)
    lease = claim("one")
    assert lease is not None
    assert list(list_work(neighbour)) == []
    with pytest.raises(NotFound):
        cancel_work(neighbour, item_id=item.pk, reason="不归我管")
    with pytest.raises(NotAllowed):
        cancel_work(reader, item_id=item.pk, reason="不想等了")
    for _twice in range(2):
        assert cancel_work(keeper, item_id=item.pk, reason="重复").state == WorkState.CANCELLED
    assert not lease.renew()
    with pytest.raises(Stale):
        finish(lease, done({"name": "late"}, lease.renew))
    assert written == []
