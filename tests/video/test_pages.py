"""The pages: each opens for its people and for nobody else; one journey by hand. VD-03, VD-04."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from PIL import Image

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.video import services
from apps.video.models import (
    Camera,
    CameraForm,
    CameraRequest,
    EnforcementMedia,
    Play,
    StandardPicture,
)
from tests.cast import Cast
from tests.video.factories import (
    camera,
    camera_spec,
    code_of,
    person,
    platform,
    recorder,
    source,
    street,
    western,
)

TABS = ("file", "sources", "pictures", "recording", "sharing", "plays")


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_page_opens_empty_and_full(cast: Cast) -> None:
    keeper = browser_of(person("keeper", "video_keeper", cast.center))
    camera_spec()
    addresses = [
        "/video/", "/video/?state=bare&q=x", "/video/import/", "/video/new/", "/video/statistics/",
        "/video/requests/", "/video/recorders/", "/video/recorders/new/", "/video/platforms/new/",
    ]  # fmt: skip
    empty = [keeper.get(address).status_code for address in addresses]
    made = camera(1, labels=("学校周边",))
    box = recorder(cast)
    place = platform(cast, "http://127.0.0.1:8790/police")
    way = source(made, url="http://127.0.0.1:8790/c/1/picture.jpg")
    services.record_presence(
        made.pk, on=clock.today() - timedelta(days=1), seconds=[3600, 0, 900] + [None] * 21
    )
    addresses += [f"/video/cameras/{made.pk}/?tab={tab}" for tab in TABS]
    addresses += [
        f"/video/cameras/{made.pk}/edit/", f"/video/cameras/{made.pk}/sources/new/",
        f"/video/cameras/{made.pk}/sources/{way.pk}/", f"/video/recorders/{box.pk}/",
        f"/video/platforms/{place.pk}/", f"/video/platforms/{place.pk}/edit/",
    ]  # fmt: skip
    full = [keeper.get(address).status_code for address in addresses]
    assert (set(empty), set(full)) == ({200}, {200})


def test_pages_are_closed_to_others(cast: Cast) -> None:
    made, far = camera(), western()
    operator = browser_of(person("operator", "video_operator", cast.east_works))
    stranger = browser_of(cast.acceptor)
    assert stranger.get("/video/").status_code == 403
    assert stranger.get("/video/media/").status_code == 403
    assert operator.get(f"/video/cameras/{made.pk}/").status_code == 200
    assert operator.get(f"/video/cameras/{far.pk}/").status_code == 404
    assert operator.get(f"/video/cameras/{made.pk}/edit/").status_code == 403
    assert operator.post(f"/video/cameras/{made.pk}/drop/", {"text": "不要"}).status_code == 403
    assert Client().get("/video/").status_code == 302


def test_a_keeper_registers_and_changes_a_camera_by_hand(cast: Cast) -> None:
    client = browser_of(person("keeper", "video_keeper", cast.east_works))
    camera_spec()
    told = {
        "name": "东区超市", "gb_code": code_of(1), "lon": "120.012", "lat": "36.012",
        "shape": "bullet", "consent_owner": "东区超市", "consent_on": "2026-01-05",
        "labels": "学校周边、夜间重点",
    }  # fmt: skip
    wrong = client.post("/video/new/", told | {"gb_code": "1"})
    made = client.post("/video/new/", told)
    found = Camera.objects.get()
    again = client.post(f"/video/cameras/{found.pk}/edit/", told | {"height_m": "5.5"})
    found.refresh_from_db()
    assert wrong.status_code == 422
    assert "20 位" in wrong.content.decode()
    assert (made.status_code, again.status_code, found.height_m) == (302, 302, 5.5)
    assert found.labels.count() == 2


def test_a_picture_taken_live_is_approved_by_another(cast: Cast) -> None:
    keeper = browser_of(person("keeper", "video_keeper", cast.east_works))
    approver = browser_of(person("approver", "video_approver", cast.east_works))
    made = camera()
    with street() as (_stand, address):
        source(made, url=f"{address}/c/1/picture.jpg")
        keeper.post(f"/video/cameras/{made.pk}/pictures/", {"light": "day"})
    picture = StandardPicture.objects.get()
    url = f"/video/cameras/{made.pk}/pictures/{picture.pk}/"
    keeper.post(f"{url}decide/", {"agree": "1"})
    picture.refresh_from_db()
    assert picture.state == "waiting"
    approver.post(f"{url}decide/", {"agree": "1"})
    picture.refresh_from_db()
    shown = approver.get(url)
    assert picture.state == "approved"
    assert shown["Content-Type"] == "image/jpeg"
    assert shown.getvalue().startswith(b"\xff\xd8\xff")


def test_looking_asks_why_and_shows_a_watermark(cast: Cast, settings: Any) -> None:
    settings.VIDEO_MEDIA_URL, settings.VIDEO_MEDIA_KEY = "http://127.0.0.1:8790/media", "m" * 32
    operator = person("operator", "video_operator", cast.east_works)
    client = browser_of(operator)
    made = camera()
    asked = client.post(f"/video/cameras/{made.pk}/play/", {"purpose": "event", "text": "火"})
    opened = client.post(f"/video/cameras/{made.pk}/play/", {"purpose": "duty"})
    look = Play.objects.get()
    page = client.get(f"/video/plays/{look.pk}/").content.decode()
    beat = client.post(f"/video/plays/{look.pk}/beat/")
    over = client.post(f"/video/plays/{look.pk}/beat/", {"over": "1"})
    other = browser_of(person("other", "video_operator", cast.east_works))
    assert (asked.status_code, opened.status_code) == (422, 302)
    assert page.count("测operator 东区城市管理局") >= 12
    assert "sign=" in page
    assert (beat.json(), over.json()) == ({"open": True}, {"open": False})
    assert other.get(f"/video/plays/{look.pk}/").status_code == 404
    assert client.get(f"/video/plays/{look.pk}/").status_code == 409


def test_sharing_by_hand(cast: Cast) -> None:
    asker = browser_of(person("asker", "video_operator", cast.west_works))
    approver = browser_of(person("approver", "video_approver", cast.east_works))
    made = camera()
    today = clock.today()
    told = {
        "gb_code": made.gb_code, "unit": cast.west_works.code, "reason": "跨区防汛会商",
        "since": today.isoformat(), "until": today.isoformat(),
    }  # fmt: skip
    assert asker.post("/video/requests/new/", told | {"gb_code": "9"}).status_code == 422
    asker.post("/video/requests/new/", told)
    request = CameraRequest.objects.get()
    approver.post(f"/video/requests/{request.pk}/decide/", {"deed": "agree"})
    request.refresh_from_db()
    seen = asker.get(f"/video/cameras/{made.pk}/").content.decode()
    assert "由其他单位共享" in seen
    assert "同意接入的业主" not in seen
    approver.post(f"/video/grants/{request.grant_id}/end/", {"text": "会商已经结束"})
    assert asker.get(f"/video/cameras/{made.pk}/").status_code == 404


def sheet(*rows: list[Any]) -> SimpleUploadedFile:
    book = Workbook()
    page = book.active
    assert page is not None
    headers = ["国标编码", "名称", "经度", "纬度", "同意接入的业主", "同意日期", "外形"]
    for row in ([*headers], *rows):
        page.append(row)
    held = BytesIO()
    book.save(held)
    return SimpleUploadedFile("cameras.xlsx", held.getvalue())


def test_a_list_goes_in_and_out(cast: Cast) -> None:
    client = browser_of(person("keeper", "video_keeper", cast.east_works))
    camera_spec()
    good = [code_of(1), "超市一", 120.012, 36.012, "超市", "2026-01-05", "球机"]
    bad = [int(code_of(2)), "超市二", 120.032, 36.012, "", "昨天", "方的"]
    refused = client.post("/video/import/", {"file": sheet(good, bad)})
    errors = client.post("/video/import/", {"file": sheet(good, bad), "sheet": "1"})
    assert refused.status_code == 422
    assert "第3行" in refused.content.decode()
    assert errors["Content-Type"].startswith("application/vnd.openxml")
    assert Camera.objects.count() == 0
    assert client.post("/video/import/", {"file": sheet(good)}).status_code == 302
    out = client.get("/video/export/").getvalue()
    rows = list(load_workbook(BytesIO(out)).active.iter_rows(values_only=True))
    assert rows[1][:3] == (code_of(1), "超市一", "社会点位")
    for address in ("/video/statistics/export/", "/video/recorders/export/"):
        assert client.get(address).status_code == 200


def test_a_hostile_sheet_is_refused(cast: Cast) -> None:
    client = browser_of(person("keeper", "video_keeper", cast.east_works))
    upload = SimpleUploadedFile("cameras.xlsx", b"PK\x03\x04" + b"\x00" * 500)
    answer = client.post("/video/import/", {"file": upload})
    assert answer.status_code == 422
    assert Camera.objects.count() == 0


def test_enforcement_media_by_hand(cast: Cast) -> None:
    client = browser_of(person("keeper", "media_keeper", cast.east_works))
    clip = b"\x00\x00\x00\x18ftypisom" + b"frames " * 300
    told = {
        "title": "占道经营现场", "media_class": "inspection", "unit": cast.east_works.code,
        "area": cast.east.pk, "recorded_at": "2026-01-05T10:00", "recorder_name": "王强",
        "label": "<script>alert(1)</script>",
    }  # fmt: skip
    wrong = client.post(
        "/video/media/new/", told | {"file": SimpleUploadedFile("x.mp4", b"MZ" * 300)}
    )
    told |= {"area": cast.east.code}
    made = client.post("/video/media/new/", told | {"file": SimpleUploadedFile("x.mp4", clip)})
    media = EnforcementMedia.objects.get()
    page = client.get(f"/video/media/{media.pk}/").content.decode()
    held = client.post(f"/video/media/{media.pk}/hold/", {"hold": "1", "text": "复议案件"})
    bytes_out = client.get(f"/video/media/{media.pk}/file/").getvalue()
    neighbour = browser_of(person("neighbour", "media_reader", cast.west_works))
    assert (wrong.status_code, made.status_code, held.status_code) == (422, 302, 302)
    assert "<script>alert" not in page
    assert bytes_out == clip
    assert neighbour.get(f"/video/media/{media.pk}/file/").status_code == 404
    assert client.get("/video/media/").status_code == 200
    assert client.get("/video/media/export/").status_code == 200


def test_a_platform_is_exchanged_by_a_button(cast: Cast) -> None:
    client = browser_of(person("keeper", "video_keeper", cast.center))
    camera_spec()
    with street(key="k" * 32) as (stand, address):
        place = platform(cast, f"{address}/police")
        lon, lat = Cast.inside_east()
        stand.catalogue = [
            {"id": "p1", "gb_code": code_of(7), "name": "路口", "lon": lon, "lat": lat}
        ]
        client.post(f"/video/platforms/{place.pk}/exchange/", {"direction": "pull"})
    page = client.get(f"/video/platforms/{place.pk}/").content.decode()
    assert Camera.objects.get().outside_id == "p1"
    assert "完成" in page


def test_the_list_has_few_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    viewer = person("viewer", "video_operator", cast.east_works)
    for number in range(1, 6):
        camera(number)
    client = browser_of(viewer)
    client.get("/video/")
    with django_assert_max_num_queries(30):
        answer = client.get("/video/", {"state": "active"})
    assert answer.status_code == 200


def test_the_citys_form_is_written_in_rows_and_asked_of_the_next_camera(cast: Cast) -> None:
    """VD-04: no JSON, a new version, only by who keeps the whole city's cameras."""
    city = person("c", "video_keeper", cast.center)
    east = person("e", "video_keeper", cast.east_works)
    page = reverse("video:form-edit")
    rows = {
        "fields-TOTAL_FORMS": "1", "fields-INITIAL_FORMS": "0", "fields-0-label": "立杆编号",
        "fields-0-type": "text", "fields-0-required": "on", "fields-0-ORDER": "1",
    }  # fmt: skip
    nameless = browser_of(city).post(page, rows | {"fields-0-type": "choice"})
    saved = browser_of(city).post(page, rows)
    form = CameraForm.objects.get()
    asked = browser_of(east).get(reverse("video:camera-new")).content.decode()
    assert (nameless.status_code, saved.status_code) == (422, 302)
    assert form.definition["fields"][0]["label"] == "立杆编号"
    assert "立杆编号" in asked
    assert browser_of(east).get(page).status_code == 403
    assert browser_of(east).post(page, rows).status_code == 403


def test_a_consent_is_scanned_in_and_read_by_keepers_only(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    """VD-02, VD-04: kept once, each look written down, the neighbour sees nothing."""
    settings.MEDIA_ROOT = str(tmp_path)
    keeper = person("k", "video_keeper", cast.east_works)
    operator = person("o", "video_operator", cast.east_works)
    neighbour = person("n", "video_keeper", cast.west_works)
    made, held = camera(), BytesIO()
    Image.new("RGB", (60, 80), (240, 240, 240)).save(held, "PNG")
    add = reverse("video:consent-add", args=[made.pk])
    read = reverse("video:consent-file", args=[made.pk])
    for _again in range(2):
        scan = SimpleUploadedFile("同意书.png", held.getvalue(), "image/png")
        browser_of(keeper).post(add, {"file": scan})
    script = SimpleUploadedFile("x.pdf", b"<script>alert(1)</script>", "application/pdf")
    refused = browser_of(keeper).post(add, {"file": script}, follow=True)
    scan = SimpleUploadedFile("x.png", held.getvalue(), "image/png")
    answers = [
        browser_of(operator).post(add, {"file": scan}, follow=True).status_code,
        browser_of(operator).get(read).status_code,
        browser_of(neighbour).get(read).status_code,
    ]
    shown = browser_of(keeper).get(read)
    made.refresh_from_db()
    entry = AuditEntry.objects.get(action="camera.consent_kept")
    assert made.consent_file is not None
    assert entry.data["after"] == {"consent_file_id": made.consent_file_id}
    assert "不支持" in refused.content.decode() or "只能" in refused.content.decode()
    assert answers == [403, 403, 404]
    assert shown.status_code == 200
    assert AuditEntry.objects.filter(action="camera.consent_read").count() == 1
    assert AuditEntry.objects.filter(action="camera.consent_kept").count() == 1
