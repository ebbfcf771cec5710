"""A repair written where there is no network reaches the order, once (OP-10)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.common import clock
from apps.ops.enums import OrderState
from apps.ops.models import Repair, WorkOrder
from tests.cast import Cast
from tests.ops import factories as make
from tests.ops.conftest import town
from tests.phone.factories import Phone, deed, picture

__all__ = ["town"]

VALUES = {
    "text": "换电源", "cause": "power", "minutes": "25", "parts": "12V电源，1，85", "cost": "40",
    "before": "1",
}  # fmt: skip


def sent(town: Cast, order_id: int, **values: Any) -> tuple[Phone, dict[str, Any]]:
    """Will give the repairer's phone and a repair with two pictures it has uploaded."""
    phone = Phone(town.repairer)
    files = [phone.upload(picture(shade)) for shade in (10, 200)]
    said = VALUES | {"order_id": order_id} | values
    return phone, deed("repair", values=said, place=None, files=files)


def test_the_pack_holds_what_the_own_unit_repairs(town: Cast) -> None:
    order = make.confirmed(town)
    mine = Phone(town.repairer).pack()["sections"]["orders"]["data"]
    assert [(one["id"], one["code"]) for one in mine] == [(order.pk, make.the_camera().code)]
    assert mine[0]["due"]["restore"] > mine[0]["due"]["respond"]
    assert Phone(town.vendor_man).pack()["sections"]["orders"]["data"] == []


def test_a_repair_sent_twice_is_one_with_pictures_of_before_and_after(town: Cast) -> None:
    order = make.confirmed(town)
    WorkOrder.objects.update(reported_at=clock.now() - timedelta(hours=1))
    phone, repair = sent(town, order.pk)
    (first,) = phone.send(repair)
    (again,) = phone.send(repair)
    assert (first["state"], again["state"]) == ("done", "repeated")
    kept = Repair.objects.get()
    assert [photo.phase for photo in kept.photos.order_by("pk")] == ["before", "after"]
    assert kept.to_at - kept.from_at == timedelta(minutes=25)
    assert (kept.cost, kept.parts.get().price) == (40, 85)
    order.refresh_from_db()
    assert order.case.state == OrderState.ANSWERED


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"cause": "ghosts"}, "cause"),
        ({"parts": "电源，x"}, "parts"),
        ({"cost": "viel"}, "cost"),
        ({"minutes": "99999"}, "minutes"),
        ({"done_at": "gestern"}, "done_at"),
        ({"done_at": "2001-01-01T00:00"}, "done_at"),
    ],
)
def test_a_wrong_field_comes_back_to_be_mended(
    town: Cast, values: dict[str, str], field: str
) -> None:
    order = make.confirmed(town)
    phone, repair = sent(town, order.pk, **values)
    (receipt,) = phone.send(repair)
    assert (receipt["state"], receipt["errors"][0]["field"]) == ("refused", field)
    assert not Repair.objects.exists()


def test_what_cannot_be_done_any_more_is_kept(town: Cast) -> None:
    order = make.confirmed(town, number="HT-02")
    phone, repair = sent(town, order.pk)
    (receipt,) = phone.send(repair)
    assert receipt["state"] == "kept"
    assert not Repair.objects.exists()
