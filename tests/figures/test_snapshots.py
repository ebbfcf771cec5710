"""The nightly look: what it counts, what it finds, and that it happens once."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections

from apps.accounts.models import Tenant
from apps.common import clock
from apps.figures import services
from apps.figures.enums import FindingKind
from apps.figures.models import Finding, Forecast, Snapshot
from apps.figures.tasks import look_at_demands
from apps.matters.enums import Channel
from tests.cast import Cast, build_cast
from tests.figures.factories import MORNING, WEEK, history

TODAY = MORNING.date()


def look(cast: Cast) -> Snapshot:
    with clock.at(MORNING):
        taken = services.take_snapshot(cast.tenant)
    assert taken is not None
    return taken


def found(snapshot: Snapshot, kind: FindingKind) -> list[Finding]:
    return list(snapshot.findings.filter(kind=kind).order_by("id"))


def test_the_city_its_districts_and_streets_are_foretold(cast: Cast) -> None:
    cases = history(cast)
    snapshot = look(cast)
    assert snapshot.case_count == len(cases)
    assert (snapshot.on, snapshot.first_day) == (TODAY, TODAY - timedelta(days=112))
    names = {f.area.name for f in snapshot.forecasts.filter(class_code="")}
    assert names == {"测试市", "东区", "东区一街道"}
    city = snapshot.forecasts.get(area=cast.city, class_code="road.manhole")
    assert city.history == [*WEEK] * 8
    assert [point[0] for point in city.points] == [*WEEK] * 2
    assert city.tested["naive_mae"] == 0


def test_voided_cases_and_those_of_other_cases_are_no_demand(cast: Cast) -> None:
    history(cast, days=60)
    history(cast, days=60, channel=Channel.INTERNAL)
    assert look(cast).case_count == sum(
        WEEK[(TODAY - timedelta(days=n)).weekday()] for n in range(1, 61)
    )


def test_a_short_history_is_counted_but_not_foretold(cast: Cast) -> None:
    history(cast, days=20)
    snapshot = look(cast)
    assert snapshot.case_count > 0
    assert not snapshot.forecasts.exists()


def test_a_city_without_cases_gets_no_look(cast: Cast) -> None:
    with clock.at(MORNING):
        assert services.take_snapshot(cast.tenant) is None


def surge(day: date) -> int:
    return 5 if day >= TODAY - timedelta(days=7) else 1


def test_a_topic_that_rises_is_found_with_its_figures(cast: Cast) -> None:
    history(cast)
    history(cast, class_code="noise", class_label="噪声", per_day=surge)
    snapshot = look(cast)
    topics = found(snapshot, FindingKind.RISING)
    assert {t.class_code for t in topics} == {"noise"}
    city = next(t for t in topics if t.area_id == cast.city.pk)
    assert (city.observed, city.class_label) == (35, "噪声")
    assert city.expected == pytest.approx(7.06)
    assert [week["count"] for week in city.inputs["weeks"]] == [7] * 8
    assert city.q < 0.05
    assert snapshot.tested >= 2


def test_a_steady_topic_is_none(cast: Cast) -> None:
    history(cast)
    assert found(look(cast), FindingKind.RISING) == []


def test_weeks_with_another_number_of_rest_days_are_left_out(cast: Cast) -> None:
    """The Dragon Boat festival of the fixtures' calendar, or of none, changes the comparison."""
    history(cast, class_code="noise", class_label="噪声", per_day=surge)
    topic = found(look(cast), FindingKind.RISING)[0]
    used = [week["used"] for week in topic.inputs["weeks"]]
    assert len(used) == 8
    assert sum(used) >= 4


def test_a_cell_that_stands_out_in_its_street_is_found(cast: Cast) -> None:
    cells = cast.cells["east"]
    street = cells[0].parent.parent
    community = cells[0].parent
    for number in range(5, 9):
        cell = type(cells[0]).objects.create(
            level=cells[0].level,
            parent=community,
            name=f"东区{number:03d}网格",
            code_part=f"{number:03d}",
            code=f"{community.code}{number:03d}",
            path="",
            valid_from=cells[0].valid_from,
        )
        cell.path = f"{community.path}{cell.pk}/"
        cell.save(update_fields=["path"])
        cells.append(cell)
    history(cast, days=60, per_day=lambda day: 2, cell=cells[0])
    for cell in cells[1:]:
        history(cast, days=60, per_day=lambda day: day.day % 4 == 0, cell=cell)
    (spot,) = found(look(cast), FindingKind.HOT_SPOT)
    assert spot.area_id == cells[0].pk
    assert spot.observed == 56
    assert spot.inputs["street"] == street.name
    assert len(spot.inputs["others"]) == 7


def test_an_address_that_comes_back_is_found_unless_confidential(cast: Cast) -> None:
    history(cast, days=60, address="解放路1号")
    history(cast, days=2, per_day=lambda day: 1, address="和平路9号")
    history(cast, days=60, address="光明里3号", is_confidential=True)
    (again,) = found(look(cast), FindingKind.REPEATED)
    assert again.address == "解放路1号"
    assert again.inputs["classes"] == 1


def test_a_second_run_of_a_morning_changes_nothing(cast: Cast) -> None:
    history(cast, days=60)
    assert look(cast) == look(cast)
    with clock.at(MORNING):
        assert look_at_demands() == 0
    assert Snapshot.objects.count() == 1
    with clock.at(MORNING + timedelta(days=1)):
        assert look_at_demands() == 1


def test_old_looks_are_forgotten(cast: Cast) -> None:
    history(cast)
    look(cast)
    with clock.at(MORNING + timedelta(days=61)):
        services.forget_old()
    assert not Snapshot.objects.exists()
    assert not Forecast.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_leave_one_look() -> None:
    cast = build_cast()
    history(cast, days=60)
    start, taken = Barrier(2), []

    def run() -> None:
        try:
            with clock.at(MORNING):
                start.wait()
                taken.append(services.take_snapshot(Tenant.objects.get(pk=cast.tenant.pk)))
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({snapshot.pk for snapshot in taken}) == 1
    assert Snapshot.objects.count() == 1
