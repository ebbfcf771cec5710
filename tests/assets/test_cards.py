"""The card of a thing: amended, of a past day, with pictures, labels and rates. IO-02, OP-08."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from openpyxl import load_workbook
from PIL import Image

from apps.accounts.models import User
from apps.assets import selectors, services
from apps.assets.labels import qr_svg
from apps.assets.models import Asset, AssetPast, AssetPicture
from apps.assets.services import Card
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.places.models import Area
from tests.assets.test_pages import registrar, signed_in, upload
from tests.assets.test_surveys import HERE, lamp, staff, town

__all__ = ["lamp", "registrar", "town"]  # fixtures


@pytest.fixture
def stranger(town: dict[str, Area]) -> User:
    """Keeps the register of another ground: a cell the lamp does not stand in."""
    return staff("stranger", town["990101001002"], "register_asset")


def photo(color: str = "red", *, kind: str = "JPEG") -> SimpleUploadedFile:
    kept = BytesIO()
    picture = Image.new("RGB", (640, 480), color)
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    picture.save(kept, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return SimpleUploadedFile("a.jpg", kept.getvalue(), "image/jpeg")


def test_amended_with_before_and_after(registrar: User, lamp: Asset) -> None:
    card = Card("路灯", maker=" 光明厂 ", since=date(2025, 1, 2))
    services.amend_asset(registrar, asset_id=lamp.pk, card=card)
    lamp.refresh_from_db()
    assert (lamp.maker, lamp.since) == ("光明厂", date(2025, 1, 2))
    told = AuditEntry.objects.get(action="asset.amended").data
    assert (told["before"]["maker"], told["after"]["maker"]) == ("", "光明厂")
    services.amend_asset(registrar, asset_id=lamp.pk, card=card)
    assert AuditEntry.objects.filter(action="asset.amended").count() == 1
    assert AssetPast.objects.count() == 1


@pytest.mark.parametrize(
    ("card", "field"),
    [
        (Card(" "), "name"),
        (Card("路" * 81), "name"),
        (Card("路灯", installed_on=date(2025, 1, 2), expires_on=date(2024, 1, 2)), "expires_on"),
    ],
)
def test_what_cannot_be_stated(registrar: User, lamp: Asset, card: Card, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.amend_asset(registrar, asset_id=lamp.pk, card=card)
    assert refused.value.field == field
    assert not AssetPast.objects.exists()


def test_only_the_keeper_of_the_ground_amends(stranger: User, lamp: Asset) -> None:
    with pytest.raises(NotAllowed):
        services.amend_asset(stranger, asset_id=lamp.pk, card=Card("别人的"))
    with pytest.raises(NotAllowed):
        services.add_picture(stranger, asset_id=lamp.pk, upload=photo())
    client = signed_in(stranger)
    assert client.get(f"/assets/{lamp.pk}/edit/").status_code == 404
    assert client.post(f"/assets/{lamp.pk}/pictures/", {"file": photo()}).status_code == 404
    lamp.refresh_from_db()
    assert lamp.name == "路灯"


def test_what_the_card_said_on_a_day(lamp: Asset) -> None:
    """Whoever changes the row, by whatever way, the database keeps what it said."""
    now = clock.now()
    Asset.objects.filter(pk=lamp.pk).update(name="新路灯", maker="甲厂")
    past = AssetPast.objects.get()
    assert (past.card["name"], past.card["lon"]) == ("路灯", HERE.x)
    before = selectors.asset_as_of(lamp, past.until - timedelta(seconds=1))
    lamp.refresh_from_db()
    assert (before.name, before.maker, before.pk) == ("路灯", "", lamp.pk)
    assert before.point.coords == lamp.point.coords
    assert selectors.asset_as_of(lamp, now + timedelta(days=1)) is lamp
    [change] = selectors.list_card_changes(lamp)
    assert change.fields == [("名称", "路灯", "新路灯"), ("生产厂家", "—", "甲厂")]


def test_three_changes_three_pasts_in_order(lamp: Asset) -> None:
    for name in ("二", "三", "四"):
        Asset.objects.filter(pk=lamp.pk).update(name=name)
    said = [change.fields[0][1:] for change in selectors.list_card_changes(Asset.objects.get())]
    assert said == [("三", "四"), ("二", "三"), ("路灯", "二")]


def test_surveys_alone_are_no_change_of_the_card_and_the_past_stays(lamp: Asset) -> None:
    Asset.objects.filter(pk=lamp.pk).update(surveyed_at=clock.now(), finding="fine")
    assert not AssetPast.objects.exists()
    Asset.objects.filter(pk=lamp.pk).update(vendor="乙")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AssetPast.objects.update(card={})
    assert AssetPast.objects.get().card["vendor"] == ""


def test_pictures_are_written_anew_once_and_taken_away(registrar: User, lamp: Asset) -> None:
    first = services.add_picture(registrar, asset_id=lamp.pk, upload=photo())
    again = services.add_picture(registrar, asset_id=lamp.pk, upload=photo())
    assert first == again
    client = signed_in(registrar)
    address = f"/assets/{lamp.pk}/pictures/{first.pk}/"
    kept = b"".join(client.get(address).streaming_content)
    assert b"secret place" not in kept
    assert client.get(f"{address}?small=1")["Content-Type"] == "image/webp"
    client.post(f"{address}remove/")
    client.post(f"{address}remove/")
    assert client.get(address).status_code == 404
    assert AssetPicture.objects.get().removed_at is not None
    assert AuditEntry.objects.filter(action="asset.picture_removed").count() == 1


def test_no_more_than_nine_and_nothing_but_pictures(registrar: User, lamp: Asset) -> None:
    for number in range(9):
        services.add_picture(registrar, asset_id=lamp.pk, upload=photo(f"#0000{number}0"))
    with pytest.raises(Refused, match="最多9张"):
        services.add_picture(registrar, asset_id=lamp.pk, upload=photo("white"))
    hostile = SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>", "image/jpeg")
    with pytest.raises(InvalidInput) as refused:
        services.add_picture(registrar, asset_id=lamp.pk, upload=hostile)
    assert refused.value.field == "file"
    assert AssetPicture.objects.count() == 9


def test_pages_of_the_card(registrar: User, lamp: Asset) -> None:
    client = signed_in(registrar)
    page = client.get(f"/assets/{lamp.pk}/").content.decode()
    assert "修改资料" in page
    edit = f"/assets/{lamp.pk}/edit/"
    assert client.get(edit).status_code == 200
    assert client.post(edit, {"name": ""}).status_code == 422
    assert client.post(edit, {"name": "<b>灯", "maker": "甲厂"}).status_code == 302
    page = client.get(f"/assets/{lamp.pk}/").content.decode()
    assert "&lt;b&gt;灯" in page
    assert "资料变更" in page
    past = AssetPast.objects.get()
    yesterday = client.get(f"/assets/{lamp.pk}/?on={past.until.date() - timedelta(days=1)}")
    assert yesterday.context["card"].name == "路灯"
    assert "当日的资料" in yesterday.content.decode()
    assert client.get(f"/assets/{lamp.pk}/?on=2026-99-99").status_code == 200


def test_labels_lead_to_the_thing(registrar: User, lamp: Asset) -> None:
    Asset.objects.update(name="<script>alert(1)</script>")
    page = signed_in(registrar).get("/assets/labels/").content.decode()
    assert lamp.code in page
    assert page.count("<svg") >= 1
    assert qr_svg(f"http://testserver/assets/{lamp.pk}/") in page
    assert "<script>alert(1)" not in page


def test_rates_per_unit(registrar: User, lamp: Asset) -> None:
    unit = registrar.appointments.get().post.organization
    spec = services.AssetSpec(
        "0110", "全", HERE, owner_unit=unit, maintainer=unit, since=date(2025, 1, 1), maker="甲",
        vendor="乙",
    )  # fmt: skip
    services.register_asset(SYSTEM, spec=spec)
    Asset.objects.filter(pk=lamp.pk).update(owner_unit=unit)
    [rate] = selectors.list_rates(registrar)
    assert (rate.unit, rate.total, rate.complete, rate.on_map) == (unit.name, 2, 1, 2)
    assert (rate.complete_share, rate.map_share, rate.pictured) == (50.0, 100.0, 0)
    client = signed_in(registrar)
    assert "50.0%" in client.get("/assets/rates/").content.decode()
    sheet = load_workbook(BytesIO(b"".join(client.get("/assets/rates/?format=xlsx"))))
    assert unit.name in [cell.value for row in sheet.active.iter_rows() for cell in row]


def test_a_file_brings_the_whole_card_or_a_sheet_of_errors(registrar: User, lamp: Asset) -> None:
    head = "类别代码,名称,经度,纬度,生产厂家,维保单位,安装日期,到期日期\n"
    client = signed_in(registrar)
    done = upload(
        client, f"{head}0110,新灯,123.01,35.005,甲厂,乙司,2025-01-02,2030-01-02\n", write="1"
    )
    assert done.status_code == 302
    made = Asset.objects.get(name="新灯")
    assert (made.maker, made.vendor, made.expires_on) == ("甲厂", "乙司", date(2030, 1, 2))
    wrong = upload(client, f"{head}0110,新灯,123.01,35.005,甲厂,乙司,昨天,\n", sheet="1")
    sheet = load_workbook(BytesIO(b"".join(wrong)))
    told = [cell.value for row in sheet.active.iter_rows() for cell in row]
    assert "安装日期" in told


def test_nobody_from_outside(lamp: Asset, client: Client) -> None:
    for path in ("labels/", "rates/", f"{lamp.pk}/edit/", f"{lamp.pk}/pictures/1/"):
        answer: Any = client.get(f"/assets/{path}")
        assert answer.status_code == 302
        assert "/accounts/login/" in answer["Location"]
