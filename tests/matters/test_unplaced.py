"""Addresses of new cases reach the address library, and nothing of who reported them."""

from datetime import timedelta

import pytest

from apps.common import clock
from apps.matters.services import collect_unplaced
from apps.places.models import ReadingMark, UnplacedReport, UnplacedText
from tests.cast import Cast
from tests.matters.factories import registered

pytestmark = pytest.mark.django_db


def later() -> int:
    with clock.at(clock.now() + timedelta(minutes=5)):
        return collect_unplaced()


def test_cases_are_read_once_and_in_order(cast: Cast) -> None:
    nowhere = {"lon": None, "lat": None}
    first = registered(cast, address="梧龄大厦3号楼2单元501", **nowhere)
    assert collect_unplaced() == 0  # too young: an older one may still be on its way
    assert [later(), later()] == [1, 0]
    line = UnplacedText.objects.get()
    assert line.sample == "梧龄大厦3号楼＊＊"
    assert UnplacedReport.objects.get().origin == f"case:{first.pk}"
    last = registered(cast, address="梧龄大厦门口", **nowhere)
    assert later() == 1
    line.refresh_from_db()
    assert line.times == 2
    assert ReadingMark.objects.get().last_id == last.pk


def test_what_was_told_in_confidence_stays_there(cast: Cast) -> None:
    registered(cast, address="梧龄大厦", lon=None, lat=None, is_confidential=True)
    registered(cast, address="", lon=None, lat=None)
    assert later() == 0
