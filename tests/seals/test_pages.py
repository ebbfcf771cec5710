"""The pages and the interface, by whom and how far. ES-02, ES-04, ES-05."""

import io
import json
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.common import clock
from apps.seals.crypto import workshop
from apps.seals.models import BatchPaper, KeyMedium, Seal, SealLog, SealUse
from apps.seals.services import enter_due, make_due, seal_due, suspend_seal, verify_bytes
from tests.cast import Cast
from tests.seals.factories import (
    IMPRESSION,
    LETTER,
    Hall,
    asked,
    content_of,
    in_use,
    sealed,
    upload,
)


@pytest.fixture
def at(client: Client) -> Any:
    def go(user: User) -> Client:
        client.force_login(user)
        return client

    return go


def _post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


def test_a_seal_from_application_to_use_by_the_pages(cast: Cast, people: Hall, at: Any) -> None:
    form = {
        "unit": cast.east_works.code, "name": "东区城市管理局公章", "kind": "unit",
        "purpose": "公文", "basis": "东编1号", "width_mm": 40, "height_mm": 40, "algorithm": "sm2",
        "key_store": "software", "picture": upload(IMPRESSION, "seal.png"),
    }  # fmt: skip
    assert _post(at(people.applicant), "/seals/apply/", **form).status_code == 302
    seal = Seal.objects.get()
    page = f"/seals/{seal.pk}/"
    _post(at(people.approver), f"{page}do/approve/")
    _post(at(people.keeper), f"{page}do/make/")
    seal.refresh_from_db()
    assert seal.state == "making"
    assert "正在生成密钥" in at(people.keeper).get(page).content.decode()
    with workshop.opened():
        make_due()
    filing = {"number": "备1234", "authority": "市公安局", "on": "2026-01-05"}
    _post(at(people.keeper), f"{page}filing/", **filing)
    _post(at(people.keeper), f"{page}do/activate/")
    post = people.clerk.appointments.get().post
    _post(at(people.keeper), f"{page}grants/", post=post.pk, from_on="2026-01-01")
    seal.refresh_from_db()
    assert seal.state == "active"
    ask = {
        "file": upload(LETTER), "title": "审批决定", "reason": "发文盖章", "seals": seal.code,
        "rule": "point",
    }  # fmt: skip
    answer = _post(at(people.clerk), "/seals/uses/new/", **ask)
    use = SealUse.objects.get()
    assert answer.url == f"/seals/uses/{use.pk}/"
    shown = at(people.clerk).get(answer.url).content.decode()
    assert "data-place-url" in shown
    picture = at(people.clerk).get(f"/seals/uses/{use.pk}/pages/1/")
    assert picture.content.startswith(b"\x89PNG")
    moved = {"position": 1, "page": 1, "x_mm": 100, "y_mm": 210}
    assert _post(at(people.clerk), f"/seals/uses/{use.pk}/place/", **moved).status_code == 200
    off = _post(at(people.clerk), f"/seals/uses/{use.pk}/place/", **moved | {"x_mm": 300})
    assert off.status_code == 422
    _post(at(people.clerk), f"/seals/uses/{use.pk}/submit/")
    _post(at(people.approver), f"/seals/uses/{use.pk}/decide/approve/", digest=use.digest)
    use.refresh_from_db()
    assert use.state == "approved", "no page has sealed it: a worker does"
    with workshop.opened():
        assert seal_due() == 1
    use.refresh_from_db()
    file = at(people.clerk).get(f"/seals/uses/{use.pk}/files/sealed/")
    assert b"".join(file.streaming_content).startswith(LETTER)
    assert use.placements.get().x_mm == 100


def test_the_neighbour_sees_nothing(cast: Cast, people: Hall, at: Any) -> None:
    seal = in_use(cast, people)
    use = asked(people, seal)
    for person in (people.keeper_west, people.clerk_west, people.approver_west):
        client = at(person)
        assert seal.name not in client.get("/seals/").content.decode()
        for path in (
            f"/seals/{seal.pk}/", f"/seals/{seal.pk}/picture/", f"/seals/uses/{use.pk}/",
            f"/seals/uses/{use.pk}/pages/1/", f"/seals/uses/{use.pk}/files/original/",
        ):  # fmt: skip
            assert client.get(path).status_code == 404, path
    # Right and reach are asked before what was entered: nonsense tells a stranger nothing.
    nonsense = {"position": "x", "page": "", "x_mm": "far", "y_mm": -1}
    answers = {
        person: _post(at(person), f"/seals/uses/{use.pk}/place/", **nonsense).status_code
        for person in (people.clerk, people.clerk_west, people.approver, cast.outsider)
    }
    assert list(answers.values()) == [422, 404, 403, 403]
    assert at(cast.outsider).get("/seals/").status_code == 403
    assert at(people.clerk).get(f"/seals/{seal.pk}/").status_code == 200
    assert at(people.clerk).get("/seals/media/").status_code == 403


def test_wrong_input_is_said_at_its_field(cast: Cast, people: Hall, at: Any) -> None:
    in_use(cast, people)
    seal = Seal.objects.get()
    ask = {
        "file": upload(b"%PDF-1.7 broken"), "title": "决定", "reason": "发文盖章",
        "seals": seal.code, "rule": "point",
    }  # fmt: skip
    answer = _post(at(people.clerk), "/seals/uses/new/", **ask)
    assert answer.status_code == 422
    assert "id_file_error" in answer.content.decode()
    assert not SealUse.objects.exists()


def test_key_media_go_round(cast: Cast, people: Hall, at: Any) -> None:
    """ES-04: issued, bound, lent, returned, lost; the seal stops with its medium."""
    seal = in_use(cast, people)
    client = at(people.keeper)
    new = {"serial": "UK-0001", "kind": "disk", "unit": cast.east_works.code}
    assert _post(client, "/seals/media/", **new).status_code == 302
    assert _post(client, "/seals/media/", **new).status_code == 422
    medium = KeyMedium.objects.get()
    page = f"/seals/media/{medium.pk}/"
    for deed, data, state in (
        ("bind", {"seal": seal.code}, "bound"),
        ("lend", {"to": people.clerk.username, "due_on": "2099-01-01"}, "lent"),
        ("return", {}, "bound"),
        ("lose", {"reason": "出差遗失"}, "lost"),
        ("revoke", {"reason": "遗失注销"}, "revoked"),
    ):
        _post(client, f"{page}{deed}/", **data)
        medium.refresh_from_db()
        assert medium.state == state
    seal.refresh_from_db()
    assert seal.state == "suspended"
    assert at(people.keeper_west).get(page).status_code == 404
    assert "UK-0001" in at(people.keeper).get(page).content.decode()


def test_log_and_reconciliation(cast: Cast, people: Hall, at: Any) -> None:
    sealed(people, in_use(cast, people))
    page = at(people.keeper).get("/seals/log/").content.decode()
    assert "已盖章" in page.partition("<tbody>")[2]
    assert (
        "已盖章"
        not in at(people.keeper_west).get("/seals/log/").content.decode().partition("<tbody>")[2]
    )
    sheet = b"".join(at(people.keeper).get("/seals/log/export/").streaming_content)
    rows = list(load_workbook(io.BytesIO(sheet)).active.iter_rows(values_only=True))
    assert SealLog.objects.get().sealed_digest in rows[-1]
    assert at(people.keeper).get("/seals/log/reconcile/").status_code == 403
    auditor = User.objects.create_superuser("seal-root", password="x", full_name="根")
    assert "全部相符" in at(auditor).get("/seals/log/reconcile/").content.decode()


def test_anybody_verifies_by_upload_and_by_code(cast: Cast, people: Hall, client: Client) -> None:
    seal = in_use(cast, people, algorithm="rsa")
    use = sealed(people, seal)
    content = content_of(use)
    page = client.post("/verify/", {"file": upload(content)}).content.decode()
    assert "盖章有效" in page
    assert use.number in page
    assert people.clerk.full_name not in page
    assert use.title not in page
    changed = content.replace(b"(Decision)", b"(Decisiom)")
    assert "不能采信" in client.post("/verify/", {"file": upload(changed)}).content.decode()
    assert "没有电子印章" in client.post("/verify/", {"file": upload(LETTER)}).content.decode()
    assert use.number in client.get(f"/verify/{use.code}/").content.decode()
    assert client.get(f"/verify/?code={use.code.lower()}").status_code == 302
    assert client.get("/verify/AAAA-AAAA-AAAA-AAAA/").status_code == 404
    assert client.get("/verify/nonsense/").status_code == 404
    assert client.post("/verify/", {"file": upload(b"no pdf")}).status_code == 422


def test_a_seal_suspended_later_was_good_then(cast: Cast, people: Hall, client: Client) -> None:
    seal = in_use(cast, people)
    content = content_of(sealed(people, seal))
    suspend_seal(people.keeper, seal_id=seal.pk, reason="年度盘点")
    verdict = verify_bytes(content).verdicts[0]
    assert (verdict.is_good, verdict.state_then, verdict.state_now) == (True, "使用中", "停用")


@pytest.mark.usefixtures("time_held")
def test_verifying_is_rate_limited(cast: Cast, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("apps.seals.views.public.TRIES_PER_MINUTE", 2)
    answers = [client.get("/verify/nonsense/").status_code for _n in range(3)]
    assert answers[-1] == 429


def test_programs_ask_and_verify(cast: Cast, people: Hall, at: Any) -> None:
    """REST: the same request twice is one; the neighbour's seal is not there. ES-02, ES-07."""
    seal = in_use(cast, people)
    ask = {
        "title": "许可证", "reason": "结果送达", "key": "case-1", "matter": "permit",
        "seals": json.dumps([{"code": seal.code, "page": 1, "x_mm": 120, "y_mm": 220}]),
    }  # fmt: skip
    assert at(people.clerk_west).get("/api/v1/seals/").json() == []
    assert at(people.keeper).get("/api/v1/seals/").status_code == 403
    client = at(people.clerk)
    (offered,) = client.get("/api/v1/seals/").json()
    assert (offered["code"], offered["unit"]) == (seal.code, "东区城市管理局")
    first = client.post("/api/v1/seals/uses/", ask | {"file": upload(LETTER)})
    again = client.post("/api/v1/seals/uses/", ask | {"file": upload(LETTER)})
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert first.json()["state"] == "waiting"
    use = SealUse.objects.get()
    assert client.get(f"/api/v1/seals/uses/{use.pk}/file/").status_code == 404
    refused = at(people.clerk_west).post("/api/v1/seals/uses/", ask | {"file": upload(LETTER)})
    assert refused.status_code == 400
    assert "seals" in refused.content.decode()
    assert at(people.keeper_west).get(f"/api/v1/seals/uses/{use.pk}/").status_code == 404
    _post(at(people.approver), f"/seals/uses/{use.pk}/decide/approve/", digest=use.digest)
    with workshop.opened():
        seal_due()
    file = at(people.clerk).get(f"/api/v1/seals/uses/{use.pk}/file/")
    content = b"".join(file.streaming_content)
    anybody = Client()
    told = anybody.post("/api/v1/seals/verify/", {"file": upload(content)}).json()
    assert told["is_good"] is True
    assert told["seals"][0]["unit"] == "东区城市管理局"
    use.refresh_from_db()
    by_code = anybody.get(f"/api/v1/seals/verify/{use.code}/").json()
    assert by_code["sealed_digest"] == told["digest"]
    assert anybody.post("/api/v1/seals/uses/", ask).status_code in (401, 403)


def test_a_batch_is_approved_and_sealed_one_by_one(cast: Cast, people: Hall, at: Any) -> None:
    seal = in_use(cast, people)
    files = [upload(LETTER, "a.pdf"), upload(LETTER + b"\n", "b.pdf"), upload(b"%PDF-bad", "c.pdf")]
    ask = {"name": "一月决定", "reason": "发文盖章", "seals": seal.code, "rule": "point"}
    answer = at(people.clerk).post("/seals/uses/batches/new/", ask | {"files": files})
    assert answer.status_code == 302
    assert not SealUse.objects.exists(), "the page reads no document: a worker does"
    assert enter_due() == 3
    assert SealUse.objects.filter(state="waiting").count() == 2
    BatchPaper.objects.filter(position=1).update(due_at=clock.now(), use=None)
    assert enter_due() == 1, "a worker that died before it wrote the request down"
    assert SealUse.objects.count() == 2
    add = {"files": [upload(LETTER + b"\n\n", "d.pdf"), upload(b"GIF89a", "e.pdf")]}
    stranger = at(people.clerk_west).post(f"{answer.url}add/", {"files": [upload(LETTER)]})
    assert stranger.status_code == 404
    assert at(people.clerk).post(f"{answer.url}add/", add).status_code == 302
    assert enter_due() == 1
    at(people.approver).post(f"{answer.url}approve/")
    with workshop.opened():
        assert seal_due() == 3
    page = at(people.clerk).get(answer.url).content.decode()
    assert "已办 5 / 5 份" in page
    assert "文件损坏" in page
    assert people.clerk.pk in set(SealUse.objects.values_list("requested_by", flat=True))


def test_lists_and_sheets(cast: Cast, people: Hall, at: Any) -> None:
    seal = in_use(cast, people)
    use = asked(people, seal)
    client = at(people.keeper)
    assert seal.name in client.get(f"/seals/?text={seal.code}&state=active").content.decode()
    assert "没有符合条件" in client.get("/seals/?text=none").content.decode()
    assert use.number in client.get("/seals/uses/?state=waiting").content.decode()
    for path in ("/seals/export/", "/seals/uses/export/"):
        assert client.get(path).status_code == 200
    assert seal.code in client.get(f"/seals/{seal.pk}/label/").content.decode()
