"""The pages of diagnosis: who sees what, what is entered, what is exported (VD-06, CO-05)."""

from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.diagnosis.models import Condition, DiagnosisPlan, Look, Mark, Result, Run, ThresholdSet
from apps.diagnosis.thresholds import DEFAULTS, THRESHOLDS
from apps.video.models import Camera
from tests.cast import Cast
from tests.diagnosis import factories as make
from tests.video import factories as video

HOME = "/video/diagnosis/"


@pytest.fixture
def checker(cast: Cast) -> User:
    return make.person("checker", "picture_checker", cast.east_works)


@pytest.fixture
def broken(cast: Cast, checker: User) -> Camera:
    """A camera found dark."""
    camera = make.camera(fault="dark")
    make.looked(checker, camera)
    return camera


def web(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_wall_shows_the_worst_and_leads_to_the_camera(broken: Camera, checker: User) -> None:
    page = web(checker).get(HOME)
    text = page.content.decode()
    result = Result.objects.get()
    assert result.findings[0]["sentence"] in text
    assert f"results/{result.pk}/picture/?small=1" in text
    detail = web(checker).get(f"{HOME}cameras/{broken.pk}/").content.decode()
    assert 'data-chart="trend-brightness"' in detail
    one = web(checker).get(f"{HOME}results/{result.pk}/").content.decode()
    assert "阈值第 1 版" in one
    assert "条纹幅度" in one


def test_filters_leave_out_what_is_not_asked_for(broken: Camera, checker: User) -> None:
    client = web(checker)
    assert broken.asset.name in client.get(f"{HOME}?fault=dark&q=东区").content.decode()
    for query in ("fault=blur", "q=没有", "verdict=faulty"):
        assert "没有符合条件的摄像机" in client.get(f"{HOME}?{query}").content.decode()
    assert client.get(f"{HOME}?fault=nonsense&area=zz").status_code == 200


def test_the_neighbour_and_the_outsider_see_nothing(
    cast: Cast, broken: Camera, checker: User
) -> None:
    result = Result.objects.get()
    run = Run.objects.get(trigger="demand")
    neighbour = web(make.person("neighbour", "picture_checker", cast.west_works))
    assert broken.asset.name not in neighbour.get(HOME).content.decode()
    hidden = (
        f"cameras/{broken.pk}/", f"results/{result.pk}/", f"results/{result.pk}/picture/",
        f"runs/{run.pk}/",
    )  # fmt: skip
    assert [neighbour.get(HOME + path).status_code for path in hidden] == [404] * 4
    outsider = web(cast.people["outsider"])
    shown = (*hidden, "", "export/", "plans/", "runs/", "thresholds/")
    assert {outsider.get(HOME + path).status_code for path in shown} == {403}


def test_a_picture_is_given_as_a_picture_only(broken: Camera, checker: User) -> None:
    answer = web(checker).get(f"{HOME}results/{Result.objects.get().pk}/picture/")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer).startswith(b"\xff\xd8")


def test_a_sheet_of_the_wall(broken: Camera, checker: User) -> None:
    answer = web(checker).get(f"{HOME}export/")
    sheet = load_workbook(BytesIO(b"".join(answer))).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][0] == broken.gb_code
    assert rows[1][5] == "画面过暗"
    assert AuditEntry.objects.get(action="diagnosis.exported").data == {"count": 1}


def test_a_camera_is_looked_at_on_demand_and_a_run_is_cancelled(cast: Cast, checker: User) -> None:
    camera = make.camera()
    client = web(checker)
    client.post(f"{HOME}cameras/{camera.pk}/look/", {"proof": "1"})
    run = Run.objects.get()
    assert (run.looks.get().stage, run.asked_by) == ("proof", checker)
    assert "0 / 1" in client.get(f"{HOME}runs/{run.pk}/").content.decode()
    client.post(f"{HOME}runs/{run.pk}/cancel/")
    assert Look.objects.get().state == "skipped"
    reader = web(make.person("reader", "picture_reader", cast.east_works))
    assert reader.post(f"{HOME}cameras/{camera.pk}/look/").status_code == 403


def test_a_finding_is_marked(broken: Camera, checker: User) -> None:
    result = Result.objects.get()
    sent = {"fault": "dark", "opinion": "false", "note": "<script>"}
    page = web(checker).post(f"{HOME}results/{result.pk}/mark/", sent, follow=True)
    assert Mark.objects.get().opinion == "false"
    assert "&lt;script&gt;" in page.content.decode()


def test_a_plan_is_written_and_run(cast: Cast, checker: User) -> None:
    video.camera()
    client = web(checker)
    sent = {"name": "早晚", "area": cast.east.code, "times": "06:00，18:00", "recheck_after_m": 5}
    wrong = client.post(f"{HOME}plans/new/", sent | {"times": "早上"})
    assert wrong.status_code == 422
    assert "不是时刻" in wrong.content.decode()
    beyond = client.post(f"{HOME}plans/new/", sent | {"area": cast.west.code})
    assert beyond.status_code == 422
    assert client.post(f"{HOME}plans/new/", sent).status_code == 302
    plan = DiagnosisPlan.objects.get()
    assert plan.times == ["06:00", "18:00"]
    assert client.get(f"{HOME}plans/{plan.pk}/").status_code == 200
    client.post(f"{HOME}plans/{plan.pk}/run/")
    assert Run.objects.get().total == 1
    client.post(f"{HOME}plans/{plan.pk}/active/", {"active": "0"})
    assert "停用" in client.get(f"{HOME}plans/").content.decode()
    assert "早晚" in client.get(f"{HOME}runs/").content.decode()


def test_thresholds_are_changed_by_their_keeper(cast: Cast, checker: User) -> None:
    client = web(checker)
    assert client.get(f"{HOME}thresholds/").status_code == 200
    values = {
        f"{light}-{rule.code}": DEFAULTS[light][rule.code]
        for light in DEFAULTS
        for rule in THRESHOLDS
    }
    wrong = client.post(f"{HOME}thresholds/new/", values | {"note": "太大", "day-dark": 900})
    assert wrong.status_code == 422
    client.post(f"{HOME}thresholds/new/", values | {"note": "夜里更暗", "night-dark": 15})
    page = client.get(f"{HOME}thresholds/2/").content.decode()
    assert "有调整" in page
    client.post(f"{HOME}thresholds/2/publish/")
    assert ThresholdSet.objects.get(state="in_force").values["night"]["dark"] == 15
    runner = web(make.person("runner", "picture_runner", cast.east_works))
    assert runner.get(f"{HOME}thresholds/new/").status_code == 403


@pytest.mark.parametrize("count", [2, 8])
def test_the_wall_asks_the_database_no_more_for_more_cameras(
    cast: Cast, checker: User, count: int, django_assert_max_num_queries: object
) -> None:
    run = make.looked(checker, make.camera(1, fault="dark"))
    first = Result.objects.get()
    for number in range(2, count + 1):
        camera = video.camera(number)
        result = Result.objects.create(
            camera=camera, run=run, stage="first", taken_at=first.taken_at, verdict="suspect",
            faults=["dark"], findings=first.findings, numbers=first.numbers, ending="done",
            algorithm="1.0", thresholds=first.thresholds,
        )  # fmt: skip
        Condition.objects.create(
            camera=camera, result=result, verdict="suspect", faults=["dark"],
            since=first.taken_at,
        )  # fmt: skip
    client = web(checker)
    client.get(HOME)
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        page = client.get(HOME)
    assert page.content.decode().count("wall-picture") == count
