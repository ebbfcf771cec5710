"""上报: what a worker, the desk or a program reports becomes an event and its case."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.grid import selectors, services
from apps.grid.enums import Doubt
from apps.grid.models import GridClass, GridEvent
from apps.matters.models import Case, CaseAttachment
from tests.cast import Cast
from tests.grid import factories as make

pytestmark = pytest.mark.django_db


def test_a_report_becomes_a_case_with_its_pictures_from_before(town: Cast) -> None:
    event = make.reported(town, files=[make.street_picture(1, trouble=True)])

    assert event.case.state == "reported"
    assert event.case.class_label == "市容环境 / 暴露垃圾"
    assert event.case.area == town.cells["east"][1]
    assert event.needs_look is False
    assert CaseAttachment.objects.get(case=event.case).purpose == "before"
    photo = event.photos.get()
    assert (photo.phase, photo.accuracy_m) == ("before", 8.0)


def test_the_same_key_again_changes_nothing(town: Cast) -> None:
    first = make.reported(town, key="phone-1")

    again = make.reported(town, key="phone-1", title="改了标题")

    assert again == first
    assert Case.objects.filter(matter_type__code="grid.event").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_key_twice_at_once_makes_one_event(town: Cast) -> None:
    found: list[Any] = []

    def send() -> None:
        try:
            found.append(make.reported(town, key="phone-2").pk)
        finally:
            connection.close()

    both = [threading.Thread(target=send) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert len(found) == 2
    assert len(set(found)) == 1
    assert GridEvent.objects.count() == 1


def test_the_key_of_one_worker_is_not_that_of_another(town: Cast) -> None:
    first = make.reported(town, key="phone-3")

    other = make.reported(town, key="phone-3", by="walker_west")

    assert other != first


def test_without_a_place_it_is_kept_and_waits_for_a_look(town: Cast) -> None:
    event = make.reported(town, lon=None, lat=None, accuracy_m=None)

    assert (event.doubt, event.needs_look) == (Doubt.NO_PLACE, True)
    assert event.case.address == "解放路12号门前"


def test_a_coarse_place_is_doubted(town: Cast) -> None:
    assert make.reported(town, accuracy_m=350.0).doubt == Doubt.COARSE


def test_a_place_outside_the_city_is_refused_at_its_field(town: Cast) -> None:
    lon, lat = Cast.outside()

    with pytest.raises(InvalidInput) as refused:
        make.reported(town, lon=lon, lat=lat)

    assert refused.value.field == "point"
    assert not GridEvent.objects.exists()


def test_a_clock_ahead_is_not_believed(town: Cast) -> None:
    event = make.reported(town, at=clock.now() + timedelta(hours=3))

    assert event.doubt == Doubt.CLOCK
    assert event.found_at <= clock.now()


def test_a_class_retired_meanwhile_is_kept_and_chosen_anew(town: Cast) -> None:
    row = GridClass.objects.get(code=make.LITTER)
    services.retire_class(town.author, class_id=row.pk, valid_to=clock.today())

    event = make.reported(town)

    assert event.grid_class == row
    assert event.case.class_code == ""
    assert make.LITTER not in dict(selectors.class_choices())


def test_an_unknown_class_is_refused(town: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        make.reported(town, class_code="e99.99")

    assert refused.value.field == "class_code"


def test_without_the_right_nothing_is_reported(town: Cast) -> None:
    with pytest.raises(NotAllowed):
        make.reported(town, by="handler")


def test_a_picture_of_another_case_makes_the_report_doubtful(town: Cast) -> None:
    make.reported(town, files=[make.street_picture(5, trouble=True)])

    again = make.reported(town, files=[make.street_picture(5, trouble=True, brightness=3)])

    assert again.doubt == Doubt.REUSED
    assert again.photos.get().reused_of is not None


def test_a_report_of_the_public_cannot_be_filed_unseen(town: Cast) -> None:
    event = make.reported(town, by="acceptor", channel="phone")

    assert event.needs_look is True
    assert event.reporter is None
    outbox.drain()
    with pytest.raises(Refused, match="须先现场核实"):
        make.step(town, event, "acceptor", "accept", make.FILE)
    services.waive_look(town.acceptor, event_id=event.pk, reason="视频已看清")
    make.step(town, event, "acceptor", "accept", make.FILE)
    assert event.case.state == "filed"


def test_events_near_gives_open_ones_by_distance(town: Cast) -> None:
    event = make.reported(town)

    near = selectors.events_near(town.walker_east, point=event.case.point, radius_m=50)

    assert [one.pk for one in near] == [event.pk]


def test_event_classes_are_those_of_the_day(town: Cast) -> None:
    found = selectors.event_classes("component")

    assert ("c01.03", "雨水井盖", "c01") in [(c.code, c.label, c.parent) for c in found]
    assert all(c.code.startswith("c") for c in found)
