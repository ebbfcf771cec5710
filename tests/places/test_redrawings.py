"""Re-drawing cells: drawn by one, checked by another, applied on its day; nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, MultiPolygon, Polygon
from django.db import connection

from apps.accounts.models import User
from apps.assets import services as assets
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.places import selectors, services
from apps.places.geometry import point
from apps.places.models import Area, AreaSuccession, Redrawing
from tests.places.factories import make_city, make_keeper, make_user, square

ACROSS = LineString((123.01, 34.99), (123.01, 35.02), srid=4326)
CELL, UPPER = "990101001001", "990101001002"


@pytest.fixture
def drawer(city: dict[str, Area]) -> User:
    return make_keeper(city["990101"], "drawer", "draw_cells")


@pytest.fixture
def checker(city: dict[str, Area]) -> User:
    return make_keeper(city["990101"], "checker", "draw_cells")


def split(actor: User, cell: Area, **given: Any) -> Redrawing:
    values: dict[str, Any] = {"line": ACROSS, "on": clock.today(), "reason": "户数过多"}
    return services.draft_split(actor, cell_id=cell.pk, **(values | given))


def test_a_split_takes_force_when_another_agrees(
    drawer: User, checker: User, city: dict[str, Area]
) -> None:
    draft = split(drawer, city[CELL], names=["西格"])
    assert (draft.state, draft.checks.get().blocking_count) == ("draft", 0)
    done = services.agree_redrawing(checker, redrawing_id=draft.pk)
    city[CELL].refresh_from_db()
    parts = [part.area for part in done.parts.all()]
    assert (done.state, done.applied_on) == ("applied", clock.today())
    assert city[CELL].valid_to == clock.today()
    assert [(a.name, a.code) for a in parts if a] == [
        ("西格", "990101001601"),
        (f"{city[CELL].name}-2", "990101001602"),
    ]
    assert selectors.locate(point(123.005, 35.005)) == parts[0]
    yesterday = clock.today() - timedelta(days=1)
    assert selectors.locate(point(123.005, 35.005), on=yesterday) == city[CELL]
    assert AreaSuccession.objects.filter(predecessor=city[CELL]).count() == 2
    told = AuditEntry.objects.get(action="redrawing.applied").data
    assert told["before"]["cells"] == {CELL: city[CELL].name}


def test_things_follow_into_the_new_cells(
    drawer: User, checker: User, city: dict[str, Area]
) -> None:
    assets.define_classes(SYSTEM)
    spec = assets.AssetSpec("0110", "路灯", point(123.015, 35.005))
    lamp = assets.register_asset(SYSTEM, spec=spec)
    draft = split(drawer, city[CELL])
    services.agree_redrawing(checker, redrawing_id=draft.pk)
    outbox.drain()
    lamp.refresh_from_db()
    assert lamp.area.code == "990101001602"


def test_a_later_day_waits_for_the_task(drawer: User, checker: User, city: dict[str, Area]) -> None:
    draft = split(drawer, city[CELL], on=clock.today() + timedelta(days=3))
    services.agree_redrawing(checker, redrawing_id=draft.pk)
    assert services.apply_due(SYSTEM) == 0
    with clock.at(clock.now() + timedelta(days=3)):
        assert (services.apply_due(SYSTEM), services.apply_due(SYSTEM)) == (1, 0)
    draft.refresh_from_db()
    assert draft.state == "applied"


def test_what_can_no_longer_be_applied_is_dropped_with_the_reason(
    drawer: User, checker: User, city: dict[str, Area]
) -> None:
    draft = split(drawer, city[CELL], on=clock.today() + timedelta(days=3))
    services.agree_redrawing(checker, redrawing_id=draft.pk)
    services.close_area(SYSTEM, area_id=city[CELL].pk, on=clock.today())
    with clock.at(clock.now() + timedelta(days=3)):
        assert services.apply_due(SYSTEM) == 0
    draft.refresh_from_db()
    assert (draft.state, "已失效" in draft.note) == ("dropped", True)


def test_merging_neighbours(drawer: User, checker: User, city: dict[str, Area]) -> None:
    ids = [city[CELL].pk, city[UPPER].pk]
    draft = services.draft_merge(
        drawer, cell_ids=ids, name="合并网格", on=clock.today(), reason="并小格"
    )
    services.agree_redrawing(checker, redrawing_id=draft.pk)
    merged = selectors.locate(point(123.005, 35.015))
    assert merged is not None
    assert (merged.name, merged.parent) == ("合并网格", city["990101001"])


def test_a_moved_border_moves_for_both_and_keeps_codes(
    drawer: User, checker: User, city: dict[str, Area]
) -> None:
    draft = services.draft_boundary(
        drawer,
        cell_id=city[CELL].pk,
        boundary=square(123.0, 35.0, 0.012, 0.02),
        on=clock.today(),
        reason="以新路为界",
    )
    assert draft.checks.get().blocking_count == 0
    assert set(draft.retired.all()) == {city[CELL], city[UPPER]}
    services.agree_redrawing(checker, redrawing_id=draft.pk)
    now = selectors.locate(point(123.005, 35.011))
    assert now is not None
    assert (now.code, now.name) == (CELL, city[CELL].name)
    assert now != city[CELL]


def test_ground_given_up_goes_to_the_neighbour(drawer: User, city: dict[str, Area]) -> None:
    draft = services.draft_boundary(
        drawer,
        cell_id=city[CELL].pk,
        boundary=square(123.0, 35.0, 0.008, 0.02),
        on=clock.today(),
        reason="以新路为界",
    )
    upper = draft.parts.get(name=city[UPPER].name)
    assert draft.checks.get().blocking_count == 0
    assert upper.boundary.covers(point(123.01, 35.009))


def test_a_new_cell_on_free_ground_and_on_taken_ground(
    drawer: User, checker: User, city: dict[str, Area]
) -> None:
    services.close_area(SYSTEM, area_id=city[CELL].pk, on=clock.today())
    given = {"area_id": city["990101001"].pk, "on": clock.today(), "reason": "补划"}
    free = services.draft_new(
        drawer, boundary=square(123.0, 35.0, 0.01, 0.02), name="补格", **given
    )
    taken = services.draft_new(
        drawer, boundary=square(123.0, 35.005, 0.01, 0.02), name="重格", **given
    )
    services.agree_redrawing(checker, redrawing_id=free.pk)
    assert taken.checks.get().counts == {"overlap": 1}
    with pytest.raises(Refused) as refusal:
        services.agree_redrawing(checker, redrawing_id=taken.pk)
    assert refusal.value.code == "redrawing_has_faults"


@pytest.mark.parametrize(
    "line",
    [
        LineString((123.005, 35.002), (123.005, 35.008), srid=4326),
        LineString((123.05, 34.9), (123.05, 35.1), srid=4326),
        LineString(
            (122.99, 35.002), (123.03, 35.008), (123.03, 35.002), (122.99, 35.008), srid=4326
        ),
        LineString((123.00001, 34.99), (123.00001, 35.02), srid=4326),
    ],
    ids=["inside", "beside", "crossing itself", "along the border"],
)
def test_a_line_that_does_not_split(drawer: User, city: dict[str, Area], line: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        split(drawer, city[CELL], line=line)
    assert refusal.value.field == "line"
    assert not Redrawing.objects.exists()


@pytest.mark.parametrize(
    "shape",
    [
        Polygon(
            ((123.0, 35.0), (123.02, 35.01), (123.02, 35.0), (123.0, 35.01), (123.0, 35.0)),
            srid=4326,
        ),
        square(123.01, 35.0, 0.01, 0.02),
        square(123.0, 35.0, 0.01, 0.00001),
        square(123.0, 35.0, 0.02, 0.02),
        square(123.0, 35.0, 0.01, 0.02),
        point(123.0, 35.0),
    ],
    ids=["crossing itself", "out of the parent", "thin", "all of it", "unchanged", "a point"],
)
def test_a_border_that_cannot_be(drawer: User, city: dict[str, Area], shape: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.draft_boundary(
            drawer, cell_id=city[CELL].pk, boundary=shape, on=clock.today(), reason="试"
        )
    assert refusal.value.field == "boundary"


def test_a_slip_over_the_parents_border_is_cut_off(drawer: User, city: dict[str, Area]) -> None:
    draft = services.draft_boundary(
        drawer,
        cell_id=city[CELL].pk,
        boundary=square(122.9999, 34.9999, 0.0121, 0.0202),
        on=clock.today(),
        reason="手绘",
    )
    assert draft.checks.get().blocking_count == 0
    whole: MultiPolygon = city["990101001"].boundary
    assert all(whole.buffer(1e-9).covers(part.boundary) for part in draft.parts.all())


def test_days_and_reasons(drawer: User, city: dict[str, Area]) -> None:
    with pytest.raises(InvalidInput) as past:
        split(drawer, city[CELL], on=date(2024, 1, 1))
    with pytest.raises(InvalidInput) as silent:
        split(drawer, city[CELL], reason=" ")
    assert (past.value.field, silent.value.field) == ("on", "reason")


def test_who_may_not(drawer: User, city: dict[str, Area]) -> None:
    stranger = make_keeper(city["990102"], "stranger", "draw_cells")
    for actor in (stranger, make_user("nobody")):
        with pytest.raises(NotAllowed):
            split(actor, city[CELL])
    draft = split(drawer, city[CELL])
    with pytest.raises(NotAllowed):
        services.agree_redrawing(drawer, redrawing_id=draft.pk)
    with pytest.raises(NotFound):
        services.agree_redrawing(stranger, redrawing_id=draft.pk)


def test_merging_needs_neighbours_of_one_parent(drawer: User, city: dict[str, Area]) -> None:
    for other in ("990101002001", CELL):
        with pytest.raises(InvalidInput) as refusal:
            services.draft_merge(
                drawer,
                cell_ids=[city[CELL].pk, city[other].pk],
                name="并",
                on=clock.today(),
                reason="试",
            )
        assert refusal.value.field == "cells"


def test_a_dropped_draft_frees_its_cells(drawer: User, city: dict[str, Area]) -> None:
    draft = split(drawer, city[CELL])
    with pytest.raises(Refused):
        split(drawer, city[CELL])
    with pytest.raises(InvalidInput):
        services.drop_redrawing(drawer, redrawing_id=draft.pk, note="")
    services.drop_redrawing(drawer, redrawing_id=draft.pk, note="画错了")
    with pytest.raises(Refused):
        services.drop_redrawing(drawer, redrawing_id=draft.pk, note="再撤")
    assert split(drawer, city[CELL]).state == "draft"


@pytest.mark.django_db(transaction=True)
def test_two_keepers_draw_the_same_cell_at_once() -> None:
    city = make_city()

    def draw(_turn: int) -> str:
        try:
            split(SYSTEM, city[CELL])  # type: ignore[arg-type]  # whoever it is
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "drawn"

    with ThreadPoolExecutor(3) as pool:
        ends = sorted(pool.map(draw, range(3)))
    assert ends == ["cell_being_redrawn", "cell_being_redrawn", "drawn"]
