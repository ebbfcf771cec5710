"""The change feed: in order, without gaps, only what the viewer may see."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from apps.common.errors import InvalidInput, Refused
from apps.matters.models import CaseEvent
from apps.matters.selectors import changes, read_changes
from tests.cast import Cast, build_cast
from tests.matters import factories as make


@pytest.fixture
def town(transactional_db: None) -> Cast:
    return build_cast()


def read_all(viewer, *, limit: int = 3) -> list[int]:
    found, after = [], ""
    while True:
        page = read_changes(viewer, after=after, limit=limit)
        found += [event.pk for event in page.events]
        after = page.after
        if not page.has_more:
            return found


@pytest.mark.django_db(transaction=True)
def test_every_event_once_in_order(town: Cast) -> None:
    for _number in range(3):
        make.closed(town)
    assert read_all(town.dispatcher) == list(
        CaseEvent.objects.order_by("id").values_list("id", flat=True)
    )


@pytest.mark.django_db(transaction=True)
def test_only_cases_the_viewer_may_see(town: Cast) -> None:
    case = make.closed(town)
    assert read_all(town.handler_west) == []
    assert read_all(town.outsider) == []
    assert len(read_all(town.handler)) == case.events.count()


@pytest.mark.django_db(transaction=True)
def test_an_event_committed_late_is_not_passed_by(town: Cast) -> None:
    """The slow transaction takes the smaller id and commits after the quick one."""
    slow_wrote, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            make.registered(town)
            slow_wrote.set()
            may_commit.wait(20)

    start = read_changes(town.dispatcher, after="latest").after
    thread = _running(slow)
    assert slow_wrote.wait(20)
    make.registered(town)
    early = read_changes(town.dispatcher, after=start)
    assert early.events == []
    may_commit.set()
    thread.join()
    late = read_changes(town.dispatcher, after=early.after)
    ids = [event.pk for event in late.events]
    assert len(ids) == 2
    assert ids == sorted(ids)


@pytest.mark.django_db(transaction=True)
def test_a_reader_beside_many_writers_misses_nothing(town: Cast) -> None:
    stop, found, after = threading.Event(), [], read_changes(town.dispatcher, after="latest").after

    def write() -> None:
        for _number in range(5):
            make.registered(town)

    writers = [_running(write) for _n in range(3)]
    while not stop.is_set():
        if not any(thread.is_alive() for thread in writers):
            stop.set()
        page = read_changes(town.dispatcher, after=after, limit=2)
        found += [event.pk for event in page.events]
        after = page.after
    found += [e.pk for e in read_changes(town.dispatcher, after=after, limit=500).events]
    assert sorted(found) == list(CaseEvent.objects.order_by("id").values_list("id", flat=True))
    assert len(found) == len(set(found))


@pytest.mark.django_db(transaction=True)
def test_a_page_may_be_empty_and_have_more(town: Cast, monkeypatch) -> None:
    monkeypatch.setattr(changes, "WINDOW", 2)
    make.closed(town)
    page = read_changes(town.outsider)
    assert (page.events, page.has_more) == ([], True)
    assert read_changes(town.outsider, after=page.after).after != page.after


@pytest.mark.django_db
@pytest.mark.parametrize("after", ["x", "1", "1-", "-1-2", "1-2-3", "9" * 30 + "-1"])
def test_rubbish_is_no_cursor(cast: Cast, after: str) -> None:
    with pytest.raises(InvalidInput):
        read_changes(cast.dispatcher, after=after)


@pytest.mark.django_db
def test_a_cursor_of_another_life_is_told_so(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        read_changes(cast.dispatcher, after=f"{10**15}-1")
    assert refusal.value.code == "cursor_unknown"


def _running(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
