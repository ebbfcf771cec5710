"""Reporting: the pages and the guards."""

import threading
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from apps.hotline.citizen import services, tokens
from apps.hotline.citizen.forms import ReportForm
from apps.hotline.models import Demand
from apps.matters.models import Case
from tests.cast import Cast, build_cast
from tests.hotline.citizen.conftest import PHONE, filled, picture, send

ORGAN = {
    "family": "efficiency",
    "family-efficiency-organ": "东区政务大厅",
    "family-efficiency-matter": "办证",
}


def test_a_report_becomes_a_case_with_a_receipt(client: Client, cast: Cast) -> None:
    case = send(client)
    demand = Demand.objects.get(case=case)
    assert (case.channel, demand.reporter_phone, demand.reporter_name) == ("web", PHONE, "张三丰")
    assert case.area == cast.cells["east"][3] or case.area.path.startswith(cast.east.path)
    done = client.get(f"/citizen/report/done/{case.number}/")
    assert case.number in done.content.decode()


def test_the_review_comes_first_and_keeps_everything(client: Client, cast: Cast) -> None:
    response = client.post("/citizen/report/", filled(step="review"))
    html = response.content.decode()
    assert response.status_code == 200
    assert "和平路十二号" in html
    assert PHONE in html
    assert Case.objects.count() == 0


def test_going_back_from_the_review_keeps_what_was_typed(client: Client, cast: Cast) -> None:
    html = client.post("/citizen/report/", filled(step="edit", text="短")).content.decode()
    assert "短" in html
    assert PHONE in html


def test_pictures_are_kept_from_the_review_to_the_case(client: Client, cast: Cast) -> None:
    data = filled(step="review") | {"photos": [picture(), picture(colour="blue")]}
    review = client.post("/citizen/report/", data)
    packed = review.context["kept"]
    assert (
        client.get(f"/citizen/report/photos/{review.context['photos'][0].url_key}/").status_code
        == 200
    )
    case = send(client, kept=packed)
    assert case.attachments.filter(purpose="report", is_public=True).count() == 2


def test_the_same_form_twice_is_one_case(client: Client, cast: Cast) -> None:
    data = filled()
    first = client.post("/citizen/report/", data)
    again = client.post("/citizen/report/", data | {"text": "换了别的话再发一次"})
    assert first["Location"] == again["Location"]
    assert Case.objects.count() == 1


def test_the_same_words_from_the_same_phone_show_the_first_receipt(
    client: Client, cast: Cast
) -> None:
    case = send(client)
    response = client.post("/citizen/report/", filled(reporter_phone="138 1234 5678"))
    assert case.number in response["Location"]
    assert Case.objects.count() == 1


def test_other_people_may_say_the_same(client: Client, cast: Cast) -> None:
    send(client)
    send(client, reporter_phone="13900001111")
    assert Case.objects.count() == 2


def test_an_anonymous_report_gets_a_code(client: Client, cast: Cast) -> None:
    case = send(client, reporter_phone="")
    done = client.get(f"/citizen/report/done/{case.number}/")
    code = done.context["code"]
    assert len(code) == 10
    stranger = Client()
    answer = stranger.post("/citizen/track/", {"number": case.number, "secret": code.lower()})
    assert answer["Location"].endswith(f"/citizen/track/{case.number}/")


def test_a_receipt_is_shown_to_its_browser_only(client: Client, cast: Cast) -> None:
    case = send(client)
    assert Client().get(f"/citizen/report/done/{case.number}/").status_code == 302


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": "短"}, "至少 5 个字"),
        ({"text": "长" * 4001}, "4000"),
        ({"text": ""}, "请写明"),
        ({"reporter_phone": "12-ab"}, "认不出电话号码"),
        ({"lon": "121.5", "lat": "37.5"}, "不在本市范围内"),
        ({**ORGAN, "reporter_phone": ""}, "须留联系电话"),
        ({"family": "nonsense"}, "nonsense"),
        ({"class_code": "'; drop table--"}, "drop table"),
        ({"website": "http://spam"}, "提交未被接受"),
        ({"token": "made-up"}, "已失效"),
    ],
)
def test_what_cannot_be_taken_is_said_and_kept(
    client: Client, cast: Cast, changes: dict[str, str], words: str
) -> None:
    response = client.post("/citizen/report/", filled(**changes))
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert "张三丰" in html
    assert Case.objects.count() == 0


def test_a_form_sent_within_a_blink_is_asked_for_again(
    client: Client, cast: Cast, settings: Any
) -> None:
    settings.CITIZEN_MIN_FILL_SECONDS = 2
    response = client.post("/citizen/report/", filled())
    assert response.status_code == 422
    assert "太快" in response.content.decode()


@pytest.mark.usefixtures("time_held")
def test_a_phone_may_report_only_so_often(client: Client, cast: Cast, settings: Any) -> None:
    settings.CITIZEN_REPORTS_PER_PHONE = 2
    for number in range(2):
        send(client, text=f"第{number}个不同的问题请处理")
    response = client.post("/citizen/report/", filled(text="第三个不同的问题请处理"))
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "第三个不同的问题" in response.content.decode()


@pytest.mark.usefixtures("time_held")
def test_an_address_may_report_only_so_often(client: Client, cast: Cast, settings: Any) -> None:
    settings.CITIZEN_REPORTS_PER_ADDRESS = 1
    send(client)
    response = client.post(
        "/citizen/report/", filled(text="另外一件不同的事", reporter_phone="13900001111")
    )
    assert response.status_code == 429
    assert Case.objects.count() == 1


@pytest.mark.usefixtures("time_held")
def test_limits_hold_without_redis(client: Client, cast: Cast, settings: Any) -> None:
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    }
    settings.CITIZEN_REPORTS_PER_PHONE = 1
    send(client)
    response = client.post("/citizen/report/", filled(text="另外一件不同的事情"))
    assert response.status_code == 429


def test_script_in_the_text_is_only_text(client: Client, cast: Cast) -> None:
    evil = "<script>alert(1)</script> 井盖坏了'; DROP TABLE x;--"
    case = send(client, text=evil)
    html = client.get(f"/citizen/track/{case.number}/").content.decode()
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_ten_megabytes_of_text_are_refused(client: Client, cast: Cast) -> None:
    assert client.post("/citizen/report/", filled(text="长" * 3_500_000)).status_code in {400, 413}
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xd8\xff" + b"0" * (21 * 1024 * 1024), "上限"),
        (b"MZ\x90\x00 this program", "不支持这种文件"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "不支持这种文件"),
    ],
)
def test_bad_files_are_refused_at_the_field(
    client: Client, cast: Cast, content: bytes, words: str
) -> None:
    upload = SimpleUploadedFile("p.jpg", content, content_type="image/jpeg")
    response = client.post("/citizen/report/", filled(step="review") | {"photos": upload})
    assert response.status_code == 422
    assert words in str(response.context["form"].errors["photos"])


def test_seven_pictures_are_too_many(client: Client, cast: Cast) -> None:
    uploads = [picture(colour=f"#0000{n}0") for n in range(1, 8)]
    response = client.post("/citizen/report/", filled(step="review") | {"photos": uploads})
    assert response.status_code == 422


def test_packed_pictures_cannot_be_made_up(client: Client, cast: Cast) -> None:
    case = send(client, kept="WzFd:forged:signature")
    assert case.attachments.count() == 0


def test_a_chosen_candidate_becomes_the_point(client: Client, cast: Cast) -> None:
    case = send(client, lon="", lat="", candidate="120.012000,36.012000")
    assert case.point is not None
    assert round(case.point.x, 3) == 120.012


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_case(live: str) -> None:
    cast = build_cast()
    token = tokens.new_form()
    form = ReportForm(filled(token=token))
    assert form.is_valid()
    intake = form.intake(source_key="web:11111111-1111-1111-1111-111111111111")
    numbers, barrier = [], threading.Barrier(2)

    def go() -> None:
        try:
            barrier.wait()
            sent = services.send_report(tenant=cast.tenant, intake=intake, address="10.0.0.1")
            numbers.append(sent.case.number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 2
    assert len(set(numbers)) == 1
    assert Case.objects.count() == 1
