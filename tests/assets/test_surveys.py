"""Surveys of components: what counts at once, what waits for a keeper, what is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import Post, User
from apps.assets import selectors, services
from apps.assets.models import Asset, AssetSurvey
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.places.geometry import moved, point
from apps.places.models import Area
from tests.places.factories import make_city, make_user

HERE = point(123.01, 35.005)


def sent(actor: User, asset: Asset | None, finding: str = "fine", **given: Any) -> AssetSurvey:
    """A survey as the phone sends it, at the thing itself unless said otherwise."""
    values: dict[str, Any] = {
        "key": str(uuid4()),
        "asset_id": asset.pk if asset else None,
        "kind_code": "0110",
        "finding": finding,
        "lon": HERE.x,
        "lat": HERE.y,
        "accuracy_m": 8.0,
        "at": clock.now(),
    }
    return services.survey_asset(actor, **(values | given))


@pytest.fixture
def town(db: None) -> dict[str, Area]:
    city = make_city()
    services.define_classes(SYSTEM)
    return city


@pytest.fixture
def lamp(town: dict[str, Area]) -> Asset:
    return services.register_asset(SYSTEM, spec=services.AssetSpec("0110", "路灯", HERE))


def staff(name: str, area: Area, *permissions: str) -> User:
    user = make_user(name, *permissions)
    Post.objects.filter(appointments__user=user).update(area=area)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def worker(town: dict[str, Area]) -> User:
    return staff("worker", town["990101001"], "survey_asset")


@pytest.fixture
def keeper(town: dict[str, Area]) -> User:
    return staff("keeper", town["990101"], "survey_asset", "rule_survey")


def test_damage_counts_at_once_and_says_before_and_after(worker: User, lamp: Asset) -> None:
    survey = sent(worker, lamp, "damaged")
    lamp.refresh_from_db()
    told = AuditEntry.objects.get(action="asset.surveyed").data
    assert (lamp.state, lamp.finding, lamp.surveyed_at) == ("faulty", "damaged", survey.made_at)
    assert (survey.hold, survey.distance_m) == ("", 0.0)
    assert (told["before"]["state"], told["after"]["state"]) == ("in_use", "faulty")


def test_the_same_key_gives_the_first_survey(worker: User, lamp: Asset) -> None:
    key = str(uuid4())
    first = sent(worker, lamp, key=key)
    assert sent(worker, lamp, "damaged", key=key) == first
    lamp.refresh_from_db()
    assert lamp.finding == "fine"
    assert AssetSurvey.objects.count() == 1


def test_a_late_survey_does_not_undo_a_later_one(worker: User, lamp: Asset) -> None:
    sent(worker, lamp, "damaged")
    sent(worker, lamp, "fine", at=clock.now() - timedelta(days=2))
    lamp.refresh_from_db()
    assert (lamp.state, lamp.surveys.count()) == ("faulty", 2)


def test_a_clock_that_runs_ahead_is_set_back(worker: User, lamp: Asset) -> None:
    survey = sent(worker, lamp, at=clock.now() + timedelta(days=300))
    assert survey.made_at == survey.received_at


def test_a_moved_thing_moves_once_a_keeper_agrees(
    worker: User, keeper: User, lamp: Asset, town: dict[str, Area]
) -> None:
    there = moved(HERE, east_m=0, north_m=700)
    survey = sent(worker, lamp, "moved", lon=there.x, lat=there.y)
    lamp.refresh_from_db()
    assert (lamp.point, survey.hold) == (HERE, "change")
    services.rule_survey(keeper, survey_id=survey.pk, is_accepted=True)
    lamp.refresh_from_db()
    assert lamp.area == town["990101001002"]
    assert lamp.point.equals_exact(there, 1e-9)
    with pytest.raises(Refused):
        services.rule_survey(keeper, survey_id=survey.pk, is_accepted=True)


def test_a_missing_thing_is_removed_once_a_keeper_agrees(
    worker: User, keeper: User, lamp: Asset, town: dict[str, Area]
) -> None:
    survey = sent(worker, lamp, "missing")
    assert list(selectors.assets_in([town["990101001001"]])) == [lamp]
    services.rule_survey(keeper, survey_id=survey.pk, is_accepted=True)
    assert not selectors.assets_in([town["990101001001"]]).exists()
    assert sent(worker, lamp, "fine").hold == "removed"


def test_a_new_thing_is_entered_with_the_next_code(worker: User, keeper: User, lamp: Asset) -> None:
    survey = sent(worker, None, "new")
    ruling = services.rule_survey(keeper, survey_id=survey.pk, is_accepted=True, name="新灯")
    assert ruling.asset is not None
    assert (ruling.asset.code, ruling.asset.name) == ("9901010110000002", "新灯")
    assert ruling.asset.finding == "new"


def test_a_refused_survey_changes_nothing_and_asks_why(
    worker: User, keeper: User, lamp: Asset
) -> None:
    survey = sent(worker, lamp, "missing")
    with pytest.raises(InvalidInput):
        services.rule_survey(keeper, survey_id=survey.pk, is_accepted=False)
    services.rule_survey(keeper, survey_id=survey.pk, is_accepted=False, note="还在原处")
    lamp.refresh_from_db()
    assert (lamp.state, lamp.surveyed_at) == ("in_use", None)


def test_said_from_too_far_away_waits(worker: User, lamp: Asset) -> None:
    there = moved(HERE, east_m=300, north_m=0)
    assert sent(worker, lamp, lon=there.x, lat=there.y).hold == "far"
    assert sent(worker, lamp, lon=there.x, lat=there.y, accuracy_m=400.0).hold == ""


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"key": "17"}, "key"),
        ({"finding": "gone"}, "finding"),
        ({"lon": float("nan")}, "lon"),
        ({"lon": 150.0}, "lon"),
        ({"accuracy_m": -1.0}, "accuracy_m"),
        ({"note": "长" * 501}, "note"),
        ({"finding": "new"}, "asset_id"),
        ({"asset_id": None}, "asset_id"),
        ({"asset_id": None, "finding": "new", "kind_code": "9999"}, "kind_code"),
    ],
)
def test_what_cannot_be_kept(worker: User, lamp: Asset, given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        sent(worker, lamp, **given)
    assert refusal.value.field == field
    assert not AssetSurvey.objects.exists()


def test_who_may_not(worker: User, keeper: User, lamp: Asset, town: dict[str, Area]) -> None:
    stranger = staff("stranger", town["990102"], "survey_asset", "rule_survey")
    for actor in (stranger, make_user("nobody")):
        with pytest.raises(NotAllowed):
            sent(actor, lamp)
    survey = sent(keeper, lamp, "missing")
    with pytest.raises(NotAllowed):
        services.rule_survey(keeper, survey_id=survey.pk, is_accepted=True)
    with pytest.raises(NotAllowed):
        services.rule_survey(worker, survey_id=survey.pk, is_accepted=True)
    with pytest.raises(NotFound):
        services.rule_survey(stranger, survey_id=survey.pk, is_accepted=True)


def test_a_survey_is_written_once(worker: User, lamp: Asset) -> None:
    survey = sent(worker, lamp)
    with pytest.raises(DatabaseError), transaction.atomic():
        AssetSurvey.objects.filter(pk=survey.pk).update(finding="missing")


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_is_one() -> None:
    city = make_city()
    services.define_classes(SYSTEM)
    lamp = services.register_asset(SYSTEM, spec=services.AssetSpec("0110", "路灯", HERE))
    worker, key = staff("worker", city["990101001"], "survey_asset"), str(uuid4())

    def send(_turn: int) -> int:
        try:
            return sent(User.objects.get(pk=worker.pk), lamp, key=key).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(4)))) == 1
