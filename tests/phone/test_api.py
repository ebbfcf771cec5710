"""Who may send, what they are told, and what happens to those who may no longer."""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.models import StoredFile
from apps.fieldwork.models import CellDuty
from apps.phone import gate
from apps.phone.models import Deed, PhonePhoto
from apps.phone.services import give_ticket
from apps.phone.services.photos import part_path
from apps.phone.tasks import purge
from tests.cast import Cast, _person
from tests.phone.factories import Phone, deed, leader, picture, sha256

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(cast: Cast) -> Phone:
    return Phone(cast.grid_worker)


def test_me_says_who_and_when(phone: Phone) -> None:
    me = phone.me()
    assert (me["worker"]["id"], me["worker"]["name"], me["may"]) == (phone.user.pk, "冯军", True)
    assert me["server_time"].endswith("+00:00")


@pytest.mark.parametrize("path", ["/m/api/me/", "/m/api/pack/"])
def test_nobody_signed_in_is_told_so(path: str, db: None) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_call_without_its_token_is_refused(phone: Phone) -> None:
    answer = phone.post(deed(), **{"X-CSRFToken": "x" * 32})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert not Deed.objects.exists()


def test_somebody_who_is_no_worker_may_not_send(cast: Cast) -> None:
    answer = Phone(cast.handler).post(deed())
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_another_person_on_the_same_phone_never_sends(cast: Cast) -> None:
    second = _person("grid_two", "韩雪", "grid_worker", cast.west_works)
    answer = Phone(second).post(deed(), **{"X-Phone-Worker": str(cast.grid_worker.pk)})
    assert (answer.status_code, answer.json()["code"]) == (409, "other_person")
    assert not Deed.objects.exists()


def test_what_is_no_json_is_refused_whole(phone: Phone) -> None:
    for body in ("", "[]", '{"deeds": 7}', '{"deeds": [NaN]}', "[" * 100_000):
        answer = phone.client.post(
            "/m/api/deeds/",
            body,
            content_type="application/json",
            headers={"X-CSRFToken": phone.me()["csrf"]},
        )
        assert answer.status_code == 400, body[:20]


def test_a_full_server_says_when_to_come_again(phone: Phone, settings: Any) -> None:
    settings.PHONE_BATCHES = 1
    sent = deed()
    with gate.admitted():
        answer = phone.post(sent)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 12
    assert phone.send(sent)[0]["state"] == "kept"


def test_one_phone_may_not_storm(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.phone.views.api.BATCHES_PER_MINUTE", 0)
    answer = phone.post(deed())
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 61


# --- Photographs ----------------------------------------------------------------------


def test_a_photograph_arrives_in_pieces_and_goes_on_where_it_broke(phone: Phone) -> None:
    whole = picture()
    digest, half = sha256(whole), len(whole) // 2
    first = phone.put(whole[:half], digest=digest, total=len(whole))
    assert first.json() == {"offset": half, "held": False}
    assert phone.client.get(
        f"/m/api/files/{digest}/", headers={"X-CSRFToken": phone.me()["csrf"]}
    ).json() == {"offset": half, "held": False}
    again = phone.put(whole[:half], digest=digest, total=len(whole))
    assert again.json()["offset"] == half
    rest = phone.put(whole[half:], digest=digest, offset=half, total=len(whole))
    assert rest.json() == {"offset": len(whole), "held": True}
    assert StoredFile.objects.get().media_type == "image/jpeg"


def test_a_gap_is_refused_with_where_to_go_on(phone: Phone) -> None:
    whole = picture()
    answer = phone.put(whole[10:], digest=sha256(whole), offset=10, total=len(whole))
    assert (answer.status_code, answer.json()["data"]["offset"]) == (409, 0)


def test_what_was_damaged_on_the_way_begins_anew(phone: Phone) -> None:
    whole = picture()
    damaged = whole[:-1] + b"x"
    answer = phone.put(damaged, digest=sha256(whole))
    assert answer.json() == {"offset": 0, "held": False}
    assert phone.put(whole).json()["held"]


def test_half_written_bytes_of_a_killed_server_do_no_harm(phone: Phone) -> None:
    whole = picture()
    phone.put(whole[:20], digest=sha256(whole), total=len(whole))
    part_path(PhonePhoto.objects.get()).open("ab").write(b"garbage")
    assert phone.put(whole[20:], digest=sha256(whole), offset=20, total=len(whole)).json()["held"]


@pytest.mark.parametrize(
    ("digest", "content", "total"),
    [("x" * 64, b"abc", 3), ("a" * 64, b"abc", 2), ("a" * 64, b"abc", 10**9)],
)
def test_a_wrong_photograph_is_refused(
    phone: Phone, digest: str, content: bytes, total: int
) -> None:
    assert phone.put(content, digest=digest, total=total).status_code == 400


def test_what_is_no_picture_is_refused(phone: Phone) -> None:
    answer = phone.put(b"%PDF-1.4 not a picture at all")
    assert answer.status_code == 400
    assert not StoredFile.objects.exists()


def test_a_deed_waits_for_its_photographs(phone: Phone) -> None:
    content = picture()
    sent = deed(files=[sha256(content)])
    (receipt,) = phone.send(sent)
    assert (receipt["state"], receipt["missing"]) == ("later", [sha256(content)])
    assert not Deed.objects.exists()
    phone.upload(content)
    assert phone.send(sent)[0]["state"] == "kept"


def test_a_photograph_of_another_worker_is_not_mine(cast: Cast, phone: Phone) -> None:
    second = Phone(_person("grid_two", "韩雪", "grid_worker", cast.east_works))
    digest = second.upload(picture())
    assert phone.send(deed(files=[digest]))[0]["missing"] == [digest]


def test_more_photographs_than_a_note_takes_are_refused_in_words(phone: Phone) -> None:
    (receipt,) = phone.send(deed(files=[f"{n:064x}" for n in range(13)]))
    assert receipt["errors"] == [{"field": "files", "message": "一次最多 12 张照片"}]


def test_pieces_that_never_became_whole_go_and_may_begin_anew(phone: Phone) -> None:
    whole, done = picture(), picture(shade=10)
    half = len(whole) // 2
    phone.upload(done)
    phone.put(whole[:half], digest=sha256(whole), total=len(whole))
    row = PhonePhoto.objects.get(stored=None)
    stray = part_path(row).with_name(f"{'0' * 64}.part")
    stray.write_bytes(b"left")
    assert purge() == 0
    old = clock.now() - timedelta(days=31)
    PhonePhoto.objects.update(begun_at=old)
    os.utime(stray, (old.timestamp(), old.timestamp()))
    assert purge() == 2
    assert [path.exists() for path in (part_path(row), stray)] == [False, False]
    assert PhonePhoto.objects.get().sha256 == sha256(done)
    assert AuditEntry.objects.get(action="phone.pieces_removed").data == {"photographs": 1}
    rest = phone.put(whole[half:], digest=sha256(whole), offset=half, total=len(whole))
    assert (rest.status_code, rest.json()["data"]["offset"]) == (409, 0)
    assert purge() == 0


# --- Those who may no longer ----------------------------------------------------------


def revoke(cast: Cast) -> None:
    cast.grid_worker.appointments.all().delete()


def test_a_revoked_worker_s_outbox_is_kept_for_the_leader(cast: Cast, phone: Phone) -> None:
    ticket = phone.me()["ticket"]
    revoke(cast)
    assert phone.me()["may"] is False
    (receipt,) = phone.send(deed(), **{"X-Phone-Ticket": ticket})
    assert receipt["state"] == "kept"
    assert receipt["message"] == "您已不在网格员岗位，内容已留存交网格长"
    leading = Client()
    leading.force_login(leader(cast))
    assert "冯军" in leading.get("/m/office/kept/").content.decode()


def test_a_closed_account_hands_over_without_signing_in(cast: Cast, phone: Phone) -> None:
    ticket = phone.me()["ticket"]
    content = picture()
    cast.grid_worker.is_active = False
    cast.grid_worker.save()
    phone.client = Client(enforce_csrf_checks=True)
    phone.headers["X-Phone-Ticket"] = ticket
    digest = phone.upload(content)
    assert phone.send(deed(files=[digest]))[0]["state"] == "kept"


def test_a_ticket_is_of_no_use_while_one_may_sign_in(phone: Phone) -> None:
    answer = phone.post(deed(), **{"X-Phone-Ticket": phone.me()["ticket"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "ticket")


def test_a_forged_ticket_is_refused(cast: Cast, phone: Phone) -> None:
    revoke(cast)
    for ticket in ("x", signing.dumps([cast.grid_worker.pk, 1, "/"], salt="another")):
        assert phone.post(deed(), **{"X-Phone-Ticket": ticket}).status_code == 403


def test_an_old_ticket_is_refused(
    cast: Cast, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = give_ticket(cast.grid_worker)
    revoke(cast)
    monkeypatch.setattr("apps.phone.services.tickets.TICKET_DAYS", -1)
    assert phone.post(deed(), **{"X-Phone-Ticket": ticket}).status_code == 403


# --- The day pack ---------------------------------------------------------------------


def test_the_pack_holds_my_cells_and_is_logged(on_foot: User) -> None:
    phone = Phone(on_foot)
    pack = phone.pack()
    assert pack["sections"]["cells"]["data"]["features"][0]["properties"]["name"] == "东区001网格"
    assert [p["name"] for p in pack["sections"]["patrols"]["data"][0]["points"]] == [
        "点位1",
        "点位2",
    ]
    assert "e01.01" in [row["code"] for row in pack["sections"]["classes"]["data"]["event"]]
    entry = AuditEntry.objects.get(action="phone.pack_taken")
    assert (entry.actor_id, entry.data["counts"]["cells"]) == (phone.user.pk, 3)


def test_what_the_phone_has_is_not_sent_again(cast: Cast, on_foot: User) -> None:
    phone = Phone(on_foot)
    first = phone.pack()["sections"]
    have = ",".join(f"{name}:{part['digest']}" for name, part in first.items())
    again = phone.pack(have)["sections"]
    assert [name for name, part in again.items() if "data" in part] == []
    CellDuty.objects.filter(cell=cast.cells["east"][0]).update(is_cancelled=True)
    changed = [n for n, part in phone.pack(have)["sections"].items() if "data" in part]
    assert "cells" in changed
    assert "classes" not in changed


def test_a_worker_without_a_cell_gets_an_empty_pack(phone: Phone) -> None:
    sections = phone.pack()["sections"]
    for name in ("cells", "ground"):
        assert sections[name]["data"]["features"] == []
    assert [sections[n]["data"] for n in ("tasks", "patrols", "visits", "near", "files")] == [
        []
    ] * 5
