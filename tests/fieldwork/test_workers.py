"""Files of workers, and one main worker per cell."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.fieldwork.enums import WorkerState
from apps.fieldwork.models import CellDuty, Worker
from apps.fieldwork.selectors import cells_of
from apps.fieldwork.selectors.workers import cells_without_worker, get_worker, list_workers
from apps.fieldwork.services import NewWorker, assign_cell, assign_cells, save_worker
from apps.fieldwork.services.workers import end_cell, set_state
from tests.cast import SINCE, Cast
from tests.fieldwork import factories


def test_a_leader_enters_a_worker_and_the_log_says_what(cast: Cast) -> None:
    leader, user = factories.leader(cast), factories.person("new", "walker", cast.east_works)
    new = NewWorker(user=user, unit=cast.east_works, phone="13812345678", skills=["fire"])
    worker = save_worker(leader, new=new)
    assert worker.area_path == cast.east.path
    assert worker.since_on == clock.today()
    entry = AuditEntry.objects.get(action="worker.saved")
    assert entry.data["after"]["phone"] == "138****5678"
    with pytest.raises(InvalidInput) as refused:
        save_worker(leader, new=new)
    assert refused.value.field == "user"


def test_only_who_may_do_field_work_becomes_a_worker(cast: Cast) -> None:
    leader = factories.leader(cast)
    with pytest.raises(InvalidInput) as refused:
        save_worker(leader, new=NewWorker(user=cast.handler, unit=cast.east_works))
    assert refused.value.field == "user"
    user = factories.person("new", "walker", cast.east_works)
    with pytest.raises(InvalidInput) as refused:
        save_worker(leader, new=NewWorker(user=user, unit=cast.east_works, skills=["flying"]))
    assert refused.value.field == "skills"


def test_the_neighbours_leader_arranges_nothing_here(cast: Cast) -> None:
    worker, neighbour = factories.worker(cast), factories.leader(cast, "west")
    cell = cast.cells["east"][1]
    with pytest.raises(NotAllowed):
        assign_cell(neighbour, worker_id=worker.pk, cell=cell, from_on=SINCE)
    with pytest.raises(NotAllowed):
        set_state(neighbour, worker_id=worker.pk, state=WorkerState.PAUSED)
    with pytest.raises(NotAllowed):
        save_worker(neighbour, new=NewWorker(user=worker.user, unit=cast.east_works))
    with pytest.raises(NotFound):
        get_worker(neighbour, worker.pk)
    assert not list_workers(neighbour).exists()


def test_a_worker_gets_no_cell_outside_the_leaders_areas(cast: Cast) -> None:
    worker, leader = factories.worker(cast), factories.leader(cast)
    with pytest.raises(NotAllowed):
        assign_cell(leader, worker_id=worker.pk, cell=cast.cells["west"][0], from_on=SINCE)
    with pytest.raises(InvalidInput):
        assign_cell(leader, worker_id=worker.pk, cell=cast.east, from_on=SINCE)


def test_a_cell_has_one_main_worker_and_says_who(cast: Cast) -> None:
    first = factories.worker(cast)
    second = factories.worker(cast, "walker2", cells=())
    leader, cell = factories.leader(cast), cast.cells["east"][0]
    with pytest.raises(Refused) as refused:
        assign_cell(leader, worker_id=second.pk, cell=cell, from_on=clock.today())
    assert first.user.full_name in str(refused.value)
    end_cell(leader, duty_id=first.duties.get().pk, last=clock.today())
    assign_cell(leader, worker_id=second.pk, cell=cell, from_on=clock.today() + timedelta(days=1))
    tomorrow = clock.today() + timedelta(days=1)
    assert list(cells_of(first.user, clock.today())) == [cell]
    assert list(cells_of(second.user, tomorrow)) == [cell]
    assert not cells_of(first.user, tomorrow).exists()


def test_a_duty_not_begun_is_cancelled_and_never_ended_twice(cast: Cast) -> None:
    worker, leader = factories.worker(cast, cells=()), factories.leader(cast)
    later = clock.today() + timedelta(days=9)
    duty = assign_cell(leader, worker_id=worker.pk, cell=cast.cells["east"][0], from_on=later)
    assert end_cell(leader, duty_id=duty.pk, last=clock.today()).is_cancelled
    with pytest.raises(Refused):
        end_cell(leader, duty_id=duty.pk, last=clock.today())


def test_cells_without_a_worker_are_seen(cast: Cast) -> None:
    leader = factories.leader(cast)
    factories.worker(cast, cells=(0, 2))
    bare = cells_without_worker(leader, clock.today())
    assert list(bare) == [cast.cells["east"][1], cast.cells["east"][3]]


def test_who_leaves_gives_up_the_cells(cast: Cast) -> None:
    worker, leader = factories.worker(cast, cells=(0, 1)), factories.leader(cast)
    set_state(leader, worker_id=worker.pk, state=WorkerState.LEFT)
    assert set(worker.duties.values_list("to_on", flat=True)) == {clock.today()}
    assert not cells_of(worker.user, clock.today()).exists()
    entry = AuditEntry.objects.get(action="worker.state_set")
    assert (entry.data["before"], entry.data["after"]) == ({"state": "active"}, {"state": "left"})


@pytest.mark.django_db(transaction=True)
def test_two_leaders_giving_one_cell_at_once_give_it_once(cast: Cast) -> None:
    workers = [factories.worker(cast, f"walker{n}", cells=()) for n in (1, 2)]
    cell, ended = cast.cells["east"][0], list[str]()

    def go(worker: Worker) -> None:
        try:
            assign_cell(SYSTEM, worker_id=worker.pk, cell=cell, from_on=date(2026, 1, 1))
            ended.append("given")
        except DomainError as error:
            ended.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(one,)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["cell_taken", "given"]
    assert CellDuty.objects.count() == 1


def test_many_cells_are_given_at_once_or_none(cast: Cast) -> None:
    made = factories.worker(cast, cells=())
    other = factories.worker(cast, "walker2", cells=(1,))
    cells = cast.cells["east"][:2]
    with pytest.raises(Refused):
        assign_cells(SYSTEM, worker_id=made.pk, cells=cells, from_on=SINCE)
    assert made.duties.count() == 0
    given = assign_cells(SYSTEM, worker_id=made.pk, cells=cells[:1], from_on=SINCE)
    assert [duty.cell for duty in given] == cells[:1]
    assert other.duties.get().cell == cells[1]
