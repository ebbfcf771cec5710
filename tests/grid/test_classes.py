"""Classes, limits by city and season, stages, and whose duty an event is."""

from datetime import date, timedelta

import pytest

from apps.accounts.models import Organization
from apps.assets.models import Asset, AssetClass
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.grid import selectors, services
from apps.grid.models import GridClass, GridEvent
from apps.grid.services import LimitData, NewClass
from apps.matters.routing import read_proposal
from apps.places.geometry import point
from tests.cast import Cast
from tests.grid import factories as make

pytestmark = pytest.mark.django_db
JULY, DECEMBER, MAY = date(2026, 7, 1), date(2026, 12, 1), date(2026, 5, 1)


def test_the_starter_table_has_its_large_and_small_classes(town: Cast) -> None:
    large = GridClass.objects.filter(large_code="")

    assert (large.filter(kind="component").count(), large.filter(kind="event").count()) == (7, 6)
    assert GridClass.objects.exclude(large_code="").count() > 90
    assert services.ensure_classes(SYSTEM, shipped=make.read("classes")) == 0


def test_the_city_and_the_season_have_their_own_limits(town: Cast) -> None:
    row = services.save_class(
        town.author,
        new=NewClass(
            code="e01.01",
            name="暴露垃圾",
            valid_from=date(2026, 1, 1),
            limits=[
                LimitData("1个工作日"),
                LimitData("4个工作小时", season="flood"),
                LimitData("2个工作小时", season="flood", tenant=town.tenant),
            ],
        ),
    )

    def amount(day: date, tenant_id: int) -> int:
        found = selectors.limit_of(row, tenant_id=tenant_id, day=day)
        return found.amount if found is not None else 0

    assert amount(MAY, town.tenant.pk) == 1
    assert amount(JULY, town.tenant.pk) == 2
    assert amount(JULY, 0) == 4
    assert selectors.season_of(DECEMBER) == {"any", "heating"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "x1"}, "code"),
        ({"code": "e09.01"}, "code"),
        ({"name": " "}, "name"),
        ({"limits": [LimitData("三天")]}, "limit"),
        ({"photo_distance_m": 2}, "photo_distance_m"),
    ],
)
def test_a_bad_class_is_refused_at_its_field(
    town: Cast, changes: dict[str, object], field: str
) -> None:
    values: dict[str, object] = {"code": "e01.01", "name": "暴露垃圾"}

    with pytest.raises(InvalidInput) as refused:
        services.save_class(town.author, new=NewClass(**(values | changes)))  # type: ignore[arg-type]

    assert refused.value.field == field


def test_nothing_is_put_in_force_before_what_counts_later(town: Cast) -> None:
    services.save_class(
        town.author, new=NewClass(code="e01.01", name="新名", valid_from=date(2026, 3, 1))
    )

    with pytest.raises(InvalidInput) as refused:
        services.save_class(
            town.author, new=NewClass(code="e01.01", name="旧名", valid_from=date(2026, 2, 1))
        )

    assert refused.value.field == "valid_from"


def test_who_keeps_no_classes_changes_none(town: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.save_class(town.dispatcher, new=NewClass(code="e01.01", name="暴露垃圾"))


def test_a_class_is_retired_once(town: Cast) -> None:
    row = GridClass.objects.get(code=make.LITTER)
    services.retire_class(town.author, class_id=row.pk, valid_to=clock.today())

    with pytest.raises(Refused):
        services.retire_class(town.author, class_id=row.pk, valid_to=clock.today())


def lamp(town: Cast, **units: Organization) -> Asset:
    kind = AssetClass.objects.create(code="0110", name="路灯", large_class="公用设施")
    lon, lat = Cast.inside_east()
    return Asset.objects.create(
        kind=kind,
        region_code="990101",
        serial=1,
        code="9901010110000001",
        name="12号路灯",
        point=point(lon, lat),
        area=town.cells["east"][1],
        **units,
    )


def proposed(town: Cast, event: GridEvent) -> str:
    data = {"class_code": event.case.class_code, "priority": "normal"}
    make.step(town, event, "acceptor", "accept", data)
    found = read_proposal(event.case)
    assert found is not None
    return found.unit.code if found.unit is not None else ""


def test_a_component_goes_to_its_owner_first(town: Cast) -> None:
    asset = lamp(town, owner_unit=town.west_works, maintainer=town.east_works)
    event = make.reported(
        town, kind="component", class_code="", asset_id=asset.pk, lon=None, lat=None
    )

    assert event.case.class_code == "c01.10"
    assert proposed(town, event) == "west-cgj"
    assert event.case.proposal is not None
    assert "权属单位" in event.case.proposal.explanation


def test_without_an_owner_to_who_maintains_it(town: Cast) -> None:
    asset = lamp(town, maintainer=town.west_works)
    event = make.reported(town, kind="component", class_code="", asset_id=asset.pk)

    assert proposed(town, event) == "west-cgj"


def test_an_event_goes_to_its_territory_with_the_limit_of_its_class(town: Cast) -> None:
    event = make.reported(town)

    assert proposed(town, event) == "east-street"
    found = read_proposal(event.case)
    assert found is not None
    assert found.limit == {"amount": 4, "unit": "working_hours"}


def test_a_class_with_stages_gets_them_at_the_dispatch(town: Cast) -> None:
    event = make.reported(town, class_code="e01.09", title="违建")
    make.step(town, event, "acceptor", "accept", {"class_code": "e01.09", "priority": "normal"})
    unit = Organization.objects.get(code="east-street")
    data = {"unit": unit.pk, "limit_amount": 20, "limit_unit": "calendar_days"}
    make.step(town, event, "dispatcher", "dispatch", data)
    outbox.drain()

    stages = list(event.stages.all())
    assert [stage.label for stage in stages] == ["责令停工", "下达处罚决定"]
    assert event.case.dispatched_at is not None
    assert stages[1].due_at - event.case.dispatched_at >= timedelta(days=6)
    services.finish_stage(town.street_east, stage_id=stages[0].pk)
    with pytest.raises(Refused):
        services.finish_stage(town.street_east, stage_id=stages[0].pk)
    with pytest.raises(NotAllowed):
        services.finish_stage(town.dispatcher, stage_id=stages[1].pk)
