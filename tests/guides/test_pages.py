"""The pages of applying and following, as a phone, a window and a system use them."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common import outbox
from apps.guides.models import Application
from tests.cast import Cast
from tests.flows.steps import photo
from tests.guides.factories import MOTHER, PHONE, birth, birth_values

pytestmark = pytest.mark.django_db
APPLY = "/guides/onething.birth/apply/"


def upload(name: str = "证件.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo()["buffer"])


def token_of(client: Client, url: str = APPLY) -> str:
    found = re.search(r'name="token" value="([^"]+)"', client.get(url).content.decode())
    assert found
    return found[1]


def filled(client: Client, url: str = APPLY, **changes: Any) -> dict[str, Any]:
    values = birth_values()
    place = values.pop("place")
    data: dict[str, Any] = {f"form-{k}": v for k, v in values.items() if v is not False}
    data |= {
        "form-wants_insurance": "on",
        "form-place_lng": place["lng"],
        "form-place_lat": place["lat"],
        "who-name": "林晓雨",
        "who-phone": PHONE,
        "who-id_number": MOTHER,
        "token": token_of(client, url),
        "paper-mother_id_card": upload("身份证.jpg"),
        "paper-household_book": upload("户口簿.jpg"),
    }
    return {k: v for k, v in (data | changes).items() if v is not None}


def test_a_citizen_applies_and_follows(served: Cast, client: Client) -> None:
    answer = client.post(APPLY, filled(client))
    assert answer.status_code == 302
    application = Application.objects.get()
    page = client.get(answer["Location"]).content.decode()
    assert application.case.number in page
    assert "东区卫生健康局" in page
    assert "林*雨" in page
    assert MOTHER not in page


def test_sent_twice_it_is_one_application(served: Cast, client: Client) -> None:
    data = filled(client)
    token = data["token"]
    client.post(APPLY, data)
    client.post(APPLY, filled(client, token=token))
    assert Application.objects.count() == 1


def test_faults_are_told_and_papers_kept(served: Cast, client: Client) -> None:
    data = filled(client, **{"form-born_on": "2126-01-01", "paper-household_book": None})
    answer = client.post(APPLY, data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "不能晚于今天" in page
    assert "身份证.jpg" in page
    kept = re.search(r'name="paper-mother_id_card" id="[^"]+" value="([^"]+)"', page)
    assert kept
    again = filled(client, **{"paper-mother_id_card": kept[1]})
    assert client.post(APPLY, again).status_code == 302
    assert Application.objects.get().materials["mother_id_card"][0]["name"] == "身份证.jpg"


def test_a_missing_paper_is_told_at_its_field(served: Cast, client: Client) -> None:
    answer = client.post(APPLY, filled(client, **{"paper-household_book": None}))
    assert answer.status_code == 422
    assert "请上传“户口簿”" in answer.content.decode()


@pytest.mark.parametrize("changes", [{"token": "made-up"}, {"website": "spam"}])
def test_what_no_person_sends_is_refused(
    served: Cast, client: Client, changes: dict[str, str]
) -> None:
    assert client.post(APPLY, filled(client, **changes)).status_code == 422
    assert Application.objects.count() == 0


def test_following_needs_the_telephone(served: Cast, client: Client) -> None:
    number = birth(served).case.number
    assert client.get(f"/guides/track/{number}/")["Location"].endswith(f"?number={number}")
    wrong = client.post("/guides/track/", {"number": number, "phone": "13900000000"})
    assert wrong.status_code == 422
    right = client.post("/guides/track/", {"number": number, "phone": "+86 138-1234-5678"})
    assert right.status_code == 302
    assert client.get(right["Location"]).status_code == 200


def test_the_applicant_takes_it_back(served: Cast, client: Client) -> None:
    number = birth(served).case.number
    client.post("/guides/track/", {"number": number, "phone": PHONE})
    client.post(f"/guides/track/{number}/withdraw/", {"reason": "填错了"})
    assert "已撤回" in client.get(f"/guides/track/{number}/").content.decode()


def test_nobody_else_takes_it_back(served: Cast, client: Client) -> None:
    application = birth(served)
    client.post(f"/guides/track/{application.case.number}/withdraw/", {"reason": "x"})
    application.case.refresh_from_db()
    assert application.case.state == "running"


def test_the_window_files_and_sees_the_parts(served: Cast, client: Client) -> None:
    url = "/guides/office/applications/new/onething.birth/"
    client.force_login(served.clerk)
    assert "出生一件事" in client.get("/guides/office/applications/new/").content.decode()
    answer = client.post(url, filled(client, url))
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "窗口代办" in page
    assert "东区卫生健康局" in page
    assert "林*雨" in client.get("/guides/office/applications/").content.decode()
    client.force_login(served.wjj)
    assert client.get(url).status_code == 403


def test_the_applicant_is_revealed_with_a_purpose(served: Cast, client: Client) -> None:
    application = birth(served)
    case = application.parts.get(code="certificate").case
    assert case is not None
    client.force_login(served.wjj)
    assert MOTHER not in client.get(f"/cases/{case.pk}/").content.decode()
    url = f"/guides/office/reveal/{case.pk}/"
    assert client.post(url, {"purpose": ""}).status_code == 422
    assert MOTHER in client.post(url, {"purpose": "核对身份"}).content.decode()
    assert AuditEntry.objects.filter(action="application.applicant_revealed").count() == 1
    client.force_login(served.gaj)
    assert client.post(url, {"purpose": "好奇"}).status_code == 404


def test_rest_files_and_follows(served: Cast, client: Client) -> None:
    client.force_login(served.clerk)
    keys = [
        client.post("/api/v1/files/", {"file": upload(name)}).json()["key"]
        for name in ("a.jpg", "b.jpg")
    ]
    body = {
        "matter": "onething.birth",
        "name": "林晓雨",
        "phone": PHONE,
        "id_number": MOTHER,
        "form_data": birth_values(),
        "materials": {"mother_id_card": [keys[0]], "household_book": [keys[1]]},
    }
    url, kind = "/api/v1/applications/", "application/json"
    assert client.post(url, body, content_type=kind).status_code == 400
    first = client.post(url, body, content_type=kind, headers={"Idempotency-Key": "birth-0001"})
    again = client.post(url, body, content_type=kind, headers={"Idempotency-Key": "birth-0001"})
    assert (first.status_code, again.json()["number"]) == (201, first.json()["number"])
    outbox.drain()
    found = client.get(f"{url}{first.json()['number']}/").json()
    assert [p["state"] for p in found["parts"]] == ["open", "waiting", "waiting"]
    assert MOTHER not in str(found)
    bad = body | {"form_data": birth_values(baby_sex="x")}
    refused = client.post(url, bad, content_type=kind, headers={"Idempotency-Key": "birth-0002"})
    assert refused.status_code == 400
    assert "新生儿性别" in refused.content.decode()
