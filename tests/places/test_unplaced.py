"""Texts nobody could place: gathered without people in them, worked through by keepers."""

from datetime import UTC, datetime

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.places import services
from apps.places.geometry import Point4326, point
from apps.places.models import Area, GazetteerEntry, UnplacedReport, UnplacedText
from apps.places.selectors import (
    count_unplaced,
    geocode,
    get_unplaced,
    list_unplaced,
    sum_up_unplaced,
)
from apps.places.services import NewEntry, PlaceReport, take_reports
from tests.places.factories import make_keeper, make_streets

City = dict[str, Area]
AT = datetime(2026, 11, 1, tzinfo=UTC)
HERE = point(123.012, 35.006)


@pytest.fixture
def streets(city: City) -> dict[str, GazetteerEntry]:
    return make_streets(city)


@pytest.fixture
def keeper(city: City) -> User:
    return make_keeper(city["9901"])


def report(area: Area, text: str, number: int = 1, spot: Point4326 | None = None) -> PlaceReport:
    return PlaceReport(f"case:{number}", text, area, AT, spot)


def take(area: Area, *texts: str, spot: Point4326 | None = None) -> int:
    first = UnplacedReport.objects.count() + 1
    return take_reports([report(area, t, n, spot) for n, t in enumerate(texts, first)])


def test_what_is_placed_surely_is_forgotten(streets: object, city: City) -> None:
    assert take(city["9901"], "海泊路11号", "甲街道云台医院门口", "", "路", "！！") == 0
    assert not UnplacedText.objects.exists()


def test_alike_words_become_one_line(streets: object, city: City) -> None:
    cell = city["990101001001"]
    assert take(cell, "老机械厂宿舍门口积水", "老机械厂宿舍3号楼", "机械厂宿舍旁") == 3
    assert take(cell, "梧龄大厦") == 1
    told = {line.stem: line.times for line in UnplacedText.objects.all()}
    assert told == {"老机械厂宿舍": 3, "梧龄大厦": 1}
    # A neighbouring street's words of the same kind are another line.
    take(city["990102001001"], "老机械厂宿舍")
    assert UnplacedText.objects.count() == 3


def test_the_same_report_twice_counts_once(city: City) -> None:
    one = report(city["9901"], "梧龄大厦")
    assert [take_reports([one]), take_reports([one])] == [1, 0]
    assert UnplacedText.objects.get().times == 1


def test_a_pick_that_agrees_teaches_nothing_and_one_that_does_not_does(
    streets: object, city: City
) -> None:
    assert take(city["9901"], "海泊路11号", spot=point(123.0041, 35.0052)) == 0
    assert take(city["9901"], "海泊路11号", spot=point(123.07, 35.015)) == 1
    line = UnplacedText.objects.get()
    assert line.cause == "by_hand"
    assert line.point is not None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("梧龄大厦3号楼2单元501室，电话13812345678", "梧龄大厦3号楼＊＊，电话138****5678"),
        ("梧龄大厦 502室 370202199001011234", None),
    ],
)
def test_nobody_is_told_apart(city: City, text: str, kept: str | None) -> None:
    take(city["9901"], text)
    line, once = UnplacedText.objects.get(), UnplacedReport.objects.get()
    for shown in (line.sample, once.text):
        assert kept is None or shown == kept
        assert not any(part in shown for part in ("501", "502", "12345678", "199001011234"))


def test_words_become_another_name(
    streets: dict[str, GazetteerEntry], city: City, keeper: User
) -> None:
    take(city["9901"], "老机械厂宿舍")
    line = UnplacedText.objects.get()
    entry = streets["云台花园"]
    services.solve_with_entry(keeper, unplaced_id=line.pk, entry_id=entry.pk, alias="老机械厂宿舍")
    line.refresh_from_db()
    assert (line.state, line.entry, line.decided_by) == ("solved", entry, keeper.display_name)
    assert geocode("老机械厂宿舍")[0].entry_id == entry.pk
    assert take(city["9901"], "老机械厂宿舍") == 0
    assert AuditEntry.objects.filter(action="unplaced.solved").count() == 1
    for again in (
        lambda: services.ignore_unplaced(keeper, unplaced_id=line.pk, reason="重复"),
        lambda: services.solve_with_entry(
            keeper, unplaced_id=line.pk, entry_id=entry.pk, alias="机械厂"
        ),
    ):
        with pytest.raises(Refused):
            again()


def test_words_become_a_new_place(streets: object, city: City, keeper: User) -> None:
    take(city["9901"], "梧龄大厦门口")
    line = UnplacedText.objects.get()
    with pytest.raises(InvalidInput):
        services.solve_with_new(
            keeper, unplaced_id=line.pk, new=NewEntry("poi", "梧龄大厦", point(1, 1))
        )
    line.refresh_from_db()
    assert line.state == "open"
    services.solve_with_new(keeper, unplaced_id=line.pk, new=NewEntry("poi", "梧龄大厦", HERE))
    assert geocode("梧龄大厦")[0].label == "梧龄大厦"
    assert sum_up_unplaced(keeper) == {"open": 0, "solved": 1, "ignored": 0, "times": 0}


def test_words_are_ignored_with_a_reason(city: City, keeper: User) -> None:
    take(city["9901"], "那边那个大楼")
    line = UnplacedText.objects.get()
    with pytest.raises(InvalidInput) as refused:
        services.ignore_unplaced(keeper, unplaced_id=line.pk, reason=" ")
    assert refused.value.field == "reason"
    services.ignore_unplaced(keeper, unplaced_id=line.pk, reason="没有说清")
    assert list(list_unplaced(keeper)) == []
    assert list_unplaced(keeper, state="ignored").get().note == "没有说清"


def test_only_keepers_of_the_area_see_and_decide(city: City, keeper: User, clerk: User) -> None:
    take(city["990101001001"], "梧龄大厦")
    line = UnplacedText.objects.get()
    neighbour = make_keeper(city["990102"], "neighbour")
    assert [count_unplaced(person) for person in (keeper, neighbour, clerk)] == [1, 0, 0]
    with pytest.raises(NotFound):
        get_unplaced(neighbour, pk=line.pk)
    with pytest.raises(NotFound):
        services.ignore_unplaced(neighbour, unplaced_id=line.pk, reason="不管")
    with pytest.raises(NotAllowed):
        services.ignore_unplaced(clerk, unplaced_id=line.pk, reason="不管")


def test_a_mark_is_moved(city: City) -> None:
    mark = services.lock_mark("cases", first=lambda: 5)
    assert mark is not None
    services.move_mark(mark, to=9)
    again = services.lock_mark("cases", first=lambda: 5)
    assert again is not None
    assert again.last_id == 9
