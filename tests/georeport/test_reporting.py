"""A report by the standard becomes one demand, whatever is sent. Source: GW-08, HL-02, HL-08."""

import threading
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import translation
from jsonschema import Draft202012Validator

from apps.accounts.models import Tenant
from apps.common.errors import InvalidInput
from apps.gateway.models import ApiClient
from apps.georeport.api import schemas
from apps.georeport.models import OpenService, Report
from apps.georeport.services import OpenReport, take_report
from apps.hotline.models import Demand
from apps.matters.enums import Channel
from apps.matters.models import Case, CaseAttachment
from tests.cast import Cast
from tests.georeport.factories import (
    KEY,
    ROOT,
    get,
    lamp,
    manhole,
    open_client,
    post,
)
from tests.hotline.citizen.conftest import picture
from tests.hotline.factories import neighbour

HOLE = {
    "service_code": "MANHOLE",
    "attribute[surface]": "brick",
    "attribute[signs][]": ["noise", "lost"],
    "attribute[seen_on]": "2026-11-20T09:00:00+08:00",
    "attribute[origin]": "somebody else",
    "attribute[fixmystreet_id]": "4711",
}


@pytest.fixture
def offered(cast: Cast, live: str) -> Cast:
    lamp(cast)
    manhole(cast)
    open_client(cast)
    return cast


def test_a_report_becomes_a_demand_of_its_class(offered: Cast) -> None:
    answer = post(first_name="三丰", last_name="张", phone="13812345678", account_id="u-7")
    assert answer.status_code == 200, answer.content
    assert list(Draft202012Validator(schemas.RECEIPTS).iter_errors(answer.json())) == []
    receipt = answer.json()[0]
    case = Case.objects.get(number=receipt["service_request_id"])
    assert (case.class_code, case.channel, case.is_public) == ("road.lamp", Channel.API, True)
    assert case.point is not None
    assert case.point.coords == Cast.inside_east()
    side = Demand.objects.get(case=case)
    assert (side.reporter_name, side.reporter_phone) == ("张三丰", "13812345678")
    assert receipt["account_id"] == "u-7"
    assert "token" not in receipt


def test_a_token_leads_to_the_number_and_answers_are_kept(offered: Cast) -> None:
    answer = post("requests.xml", **HOLE)
    request = fromstring(answer.content).find("request")
    assert request.find("service_request_id") is None
    token = request.findtext("token")
    told = get(f"tokens/{token}.xml")
    report = Report.objects.get()
    number = fromstring(told.content).findtext("request/service_request_id")
    assert number == report.case.number
    assert report.answers == {
        "surface": "brick",
        "signs": ["noise", "lost"],
        "seen_on": "2026-11-20",
        "depth_cm": None,
        "origin": "GeoReport",
    }


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"api_key": None}, 403, "api_key"),
    ({"api_key": f"{KEY}.wrong"}, 403, KEY),
    ({"service_code": None}, 400, "service_code"),
    ({"service_code": "NOTHING"}, 404, "service_code"),
    ({"description": " "}, 400, "description"),
    ({"description": "长" * 4001}, 400, "description"),
    ({"lat": None}, 400, "lat"),
    ({"lat": "NaN"}, 400, "lat"),
    ({"lat": "north"}, 400, "lat"),
    ({"long": "1e999"}, 400, "long"),
    ({"lat": "37.5", "long": "121.5"}, 400, "lat"),
    ({"lat": None, "long": None, "address_string": None}, 400, "address_string"),
    ({"lat": None, "long": None, "address_id": "x'--"}, 400, "address_id"),
    ({"phone": "12"}, 400, "phone"),
    ({"email": "x" * 300}, 400, "email"),
    ({"jurisdiction_id": "nowhere"}, 404, "jurisdiction_id"),
    (HOLE | {"attribute[surface]": None}, 400, "attribute[surface]"),
    (HOLE | {"attribute[surface]": "<b>gravel</b>"}, 400, "attribute[surface]"),
    (HOLE | {"attribute[surface]": ["brick", "asphalt"]}, 400, "attribute[surface]"),
    (HOLE | {"attribute[depth_cm]": "deep"}, 400, "attribute[depth_cm]"),
    (HOLE | {"attribute[seen_on]": "yesterday"}, 400, "attribute[seen_on]"),
]


def test_what_is_wrong_is_named_and_nothing_is_made(offered: Cast) -> None:
    for changes, status, named in WRONG:
        answer = post(**changes)
        assert (answer.status_code, Case.objects.count()) == (status, 0), (changes, answer.content)
        assert list(Draft202012Validator(schemas.ERRORS).iter_errors(answer.json())) == []
        assert named in answer.json()[0]["description"], changes


def test_swapped_coordinates_are_recognised(offered: Cast) -> None:
    lon, lat = Cast.inside_east()
    with translation.override("zh-hans"):
        assert "写反" in post(lat=lon, long=lat).json()[0]["description"]
        swapped = OpenReport("路灯不亮", lon=lat, lat=lon)  # where both could be a latitude
        with pytest.raises(InvalidInput, match="写反") as refused:
            take_report(
                ApiClient.objects.get(),
                tenant=offered.tenant,
                service=OpenService.objects.get(code="LAMP"),
                report=swapped,
            )
    assert refused.value.field == "lat"


def test_the_same_report_again_gives_the_first_number(offered: Cast) -> None:
    first, again = post(), post()
    assert first.json() == again.json()
    assert post(description="另一盏路灯也不亮了").json() != first.json()
    assert Case.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_case(offered: Cast) -> None:
    told: list[bytes] = []
    ready = threading.Barrier(2)

    def send() -> None:
        ready.wait(10)
        told.append(post().content)
        connection.close()

    threads = [threading.Thread(target=send) for _number in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(set(told)) == 1
    assert Case.objects.count() == 1


def test_pictures_come_along_and_links_are_never_opened(offered: Cast) -> None:
    answer = post(media=picture("lamp.jpg"), media_url="http://169.254.169.254/latest/meta-data")
    case = Case.objects.get(number=answer.json()[0]["service_request_id"])
    assert CaseAttachment.objects.filter(case=case).count() == 1
    assert Report.objects.get(case=case).media_url.startswith("http://169.254")
    told = get(f"requests/{case.number}.json").json()[0]
    assert told["media_url"] is None


def test_floods_and_false_files_are_refused(offered: Cast) -> None:
    many = [picture(f"{number}.jpg") for number in range(40)]
    assert "media" in post(media=many).json()[0]["description"]
    page = SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>", content_type="image/jpeg")
    assert "media" in post(media=page).json()[0]["description"]
    long = post(description="长" * 3_500_000)
    assert (long.status_code, Case.objects.count()) == (400, 0)
    urlencoded = Client().post(
        f"{ROOT}/requests.xml",
        "description=" + "x" * 10_000_000,
        content_type="application/x-www-form-urlencoded",
    )
    assert urlencoded.status_code == 400
    assert "description" in fromstring(urlencoded.content).findtext("error/description")
    broken = Client().post(
        f"{ROOT}/requests.json", b"--x\r\n", content_type="multipart/form-data; boundary="
    )
    assert broken.status_code == 400


def test_anonymous_where_the_class_takes_it(offered: Cast) -> None:
    lamp(offered, code="AD", class_code="city.ads", name="违规广告", takes_anonymous=False)
    assert "phone" in post(service_code="AD").json()[0]["description"]
    assert post(service_code="AD", phone="13812345678").status_code == 200


def test_a_client_without_the_scope_or_of_another_body_is_refused(offered: Cast) -> None:
    open_client(offered, name="只读", key="readonly01.abc", scopes=["cases.read"])
    assert post(api_key="readonly01.abc").status_code == 403
    stranger = neighbour(offered)
    elsewhere = Tenant.objects.get(code="elsewhere")
    open_client(offered, name="邻市", key="neighbour1.abc", tenant=elsewhere, service_user=stranger)
    crossing = post(api_key="neighbour1.abc", jurisdiction_id="testville")
    assert (crossing.status_code, Case.objects.count()) == (403, 0)
    assert post(api_key="neighbour1.abc").status_code == 404  # they offer nothing


def test_a_flood_is_slowed_and_told_when_to_come_back(offered: Cast) -> None:
    open_client(offered, name="急", key="hasty00001.abc", rate="2/min")
    answers = [post(api_key="hasty00001.abc", description=f"第{n}盏灯坏了") for n in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert answers[0]["RateLimit"].startswith('"rate"')


def test_a_trial_client_leaves_nothing(offered: Cast) -> None:
    open_client(offered, name="试用", key="trial00001.abc", is_trial=True)
    answer = post(api_key="trial00001.abc")
    assert (answer.status_code, answer["CityBrain-Trial"]) == (200, "taken-back")
    assert Case.objects.count() == 0
