"""Diagnosis for programs: within the caller's areas, each deed once (VD-06)."""

from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.diagnosis.models import Run
from apps.diagnosis.services import PlanSpec, look_due, save_plan
from apps.gateway.services import issue_client
from tests.cast import Cast
from tests.diagnosis import factories as make
from tests.video.factories import western

AT = "/api/v1/video/diagnosis/"


def header(cast: Cast, user: User, *scopes: str) -> dict[str, str]:
    _client, key = issue_client(
        SYSTEM, name="视频网管", tenant=cast.tenant, service_user=user,
        scopes=scopes or ("diagnosis.read", "diagnosis.run"),
    )  # fmt: skip
    return {"Authorization": f"Api-Key {key}"}


def order(headers: dict[str, str], cameras: Any, key: str = "") -> Any:
    extra = {"Idempotency-Key": key} if key else {}
    return Client().post(
        f"{AT}runs/", {"cameras": cameras}, content_type="application/json",
        headers=headers | extra,
    )  # fmt: skip


def test_a_program_has_a_camera_looked_at_once_and_reads_what_was_found(cast: Cast) -> None:
    runner = make.person("runner", "picture_runner", cast.east_works)
    dark = make.camera(1, "dark")
    headers = header(cast, runner)
    first, again = (order(headers, [dark.gb_code], "round-0001") for _time in range(2))
    assert (first.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert (first.json()["state"], first.json()["total"]) == ("running", 1)
    assert Run.objects.count() == 1
    look_due()
    run = Client().get(f"{AT}runs/{first.json()['id']}/", headers=headers).json()
    assert (run["looked"], run["broken"]) == (1, 1)
    answer = Client().get(f"{AT}results/?fault=dark&camera={dark.gb_code}", headers=headers)
    [told] = answer.json()["results"]
    assert (told["camera"], told["verdict"], told["faults"]) == (dark.gb_code, "suspect", ["dark"])
    assert told["findings"][0]["number"] == "brightness"
    assert told["findings"][0]["value"] < told["findings"][0]["threshold"]
    one = Client().get(f"{AT}results/{told['id']}/", headers=headers).json()
    assert one["numbers"]["brightness"] == told["numbers"]["brightness"]
    good = Client().get(f"{AT}results/?verdict=good", headers=headers).json()
    assert good["results"] == []


def test_a_plan_is_run_by_who_keeps_its_area(cast: Cast) -> None:
    runner = make.person("runner", "picture_runner", cast.east_works)
    neighbour = make.person("neighbour", "picture_runner", cast.west_works)
    make.camera(1)
    plan = save_plan(SYSTEM, spec=PlanSpec(name="早班", area=cast.east, times=["08:00"]))
    mine, others = header(cast, runner), header(cast, neighbour)
    [told] = Client().get(f"{AT}plans/", headers=mine).json()["results"]
    assert (told["id"], told["name"], told["times"]) == (plan.pk, "早班", ["08:00"])
    assert Client().get(f"{AT}plans/", headers=others).json()["results"] == []
    assert Client().post(f"{AT}plans/{plan.pk}/run/", headers=others).status_code == 404
    made = Client().post(f"{AT}plans/{plan.pk}/run/", headers=mine)
    assert (made.status_code, made.json()["plan"]) == (202, plan.pk)
    assert Client().get(f"{AT}runs/{made.json()['id']}/", headers=others).status_code == 404


def test_who_may_not_and_what_is_wrong(cast: Cast) -> None:
    runner = make.person("runner", "picture_runner", cast.east_works)
    reader = make.person("reader", "picture_reader", cast.east_works)
    mine, foreign = make.camera(1), western()
    headers = header(cast, runner)
    assert order(header(cast, runner, "diagnosis.read"), [mine.gb_code]).status_code == 403
    assert order(header(cast, reader), [mine.gb_code]).status_code == 403
    assert order({}, [mine.gb_code]).status_code == 401
    assert Client().get(f"{AT}results/", headers=header(cast, cast.outsider)).status_code == 403
    for cameras in ([], ["9" * 20], [foreign.gb_code], "x", ["1"] * 501):
        answer = order(headers, cameras)
        assert answer.status_code in (400, 422)
        assert answer.json()["errors"][0]["field"].startswith("cameras")
    wrong = Client().get(f"{AT}results/?fault=gone", headers=headers)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "fault")
    assert Run.objects.count() == 0
