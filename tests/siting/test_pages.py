"""The pages and calls of plans: who opens them, what they say, what they take. Source: IO-01."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import Role, User
from apps.accounts.services import seed_roles
from apps.siting.models import Plan, PlannedPoint
from apps.siting.starting import ensure_roles
from tests.cast import Cast
from tests.siting import factories as make

HERE, THERE = (120.005, 36.005), (120.015, 36.015)


@pytest.fixture
def planner(cast: Cast) -> User:
    return make.planner(cast)


@pytest.fixture
def plan(cast: Cast, planner: User) -> Plan:
    plan = make.plan(cast, planner)
    make.put(plan, HERE, THERE, actor=planner)
    return plan


@pytest.fixture
def page(client: Client, planner: User) -> Client:
    client.force_login(planner)
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"siting:{name}", args=args)


@pytest.mark.django_db
def test_the_list_shows_and_narrows(page: Client, plan: Plan) -> None:
    text = page.get(at("plan-list"), {"q": "补点", "state": "draft"}).content.decode()
    assert plan.name in text
    assert "没有符合条件的规划" in page.get(at("plan-list"), {"q": "没有"}).content.decode()
    assert plan.name not in page.get(at("plan-list"), {"state": "done"}).content.decode()


@pytest.mark.django_db
def test_a_plan_is_written_by_form_and_its_errors_stand_at_the_field(
    cast: Cast, page: Client, planner: User
) -> None:
    said = {
        "name": "新规划", "kind": make.kind().pk, "unit": cast.east_works.pk,
        "area": cast.east.pk, "demand": "ground", "radius_m": 300, "duplicate_m": 400,
    }  # fmt: skip
    refused = page.post(at("plan-new"), said)
    assert refused.status_code == 422
    assert "重复距离应为 1 米至覆盖半径" in refused.content.decode()
    assert page.post(at("plan-new"), said | {"unit": cast.west_works.pk}).status_code == 422
    page.post(at("plan-new"), said | {"duplicate_m": 50})
    plan = Plan.objects.get()
    assert (plan.name, plan.author_id) == ("新规划", planner.pk)
    assert page.get(at("plan-edit", plan.pk)).status_code == 200


@pytest.mark.django_db
def test_the_page_tells_figures_gaps_and_duplicates(page: Client, plan: Plan) -> None:
    make.asset((120.0055, 36.005), "一号立杆")
    text = page.get(at("plan-detail", plan.pk)).content.decode()
    for told in ("现状覆盖率", "规划后覆盖率", "没有任何点位", "一号立杆", "测算方法", "独有覆盖"):
        assert told in text
    shapes = page.get(at("plan-shapes", plan.pk)).json()["features"]
    labels = [one["properties"]["label"] for one in shapes]
    assert labels[:3] == ["现有部件的覆盖范围", "规划点位的覆盖范围", "空白 1"]
    assert labels[-2:] == ["1. 点1", "2. 点2"]
    assert [s["properties"].get("still", False) for s in shapes][-3:] == [True, False, False]


@pytest.mark.django_db
def test_points_come_by_map_or_by_numbers(page: Client, plan: Plan) -> None:
    wrong = {"label": "外", "lon": "120.03", "lat": "36.01"}
    refused = page.post(at("point-add", plan.pk), wrong)
    assert refused.status_code == 422
    assert "不在规划区域" in refused.content.decode()
    page.post(at("point-add", plan.pk), wrong | {"label": "内", "lon": "120.01"})
    assert PlannedPoint.objects.get(number=3).label == "内"
    moved = {"label": "挪", "lon": "120.011", "lat": "36.011", "price": "900"}
    page.post(at("point-edit", plan.pk, 3), moved)
    point = PlannedPoint.objects.get(number=3)
    assert (point.label, point.point.coords, point.price) == ("挪", (120.011, 36.011), 900)
    page.post(at("point-remove", plan.pk, 3))
    assert PlannedPoint.objects.count() == 2
    assert page.get(at("point-edit", plan.pk, 3)).status_code == 404


@pytest.mark.django_db
def test_proposals_are_shown_and_only_those_ticked_are_taken(page: Client, plan: Plan) -> None:
    asked = {"count": 4, "share": 100}
    text = page.get(at("proposals", plan.pk), asked).content.decode()
    assert text.count('name="place"') == 4
    features = page.get(at("proposal-shapes", plan.pk), asked).json()["features"]
    places = [",".join(map(str, one["geometry"]["coordinates"])) for one in features]
    page.post(at("proposals", plan.pk), {"place": places[:2]})
    assert PlannedPoint.objects.count() == 4
    assert page.post(at("proposals", plan.pk), {"place": ["1;2"]}).status_code == 400
    assert "没有选择建议点" in page.post(at("proposals", plan.pk)).content.decode()
    met = page.get(at("proposals", plan.pk), {"count": 4, "share": 1}).content.decode()
    assert "不需要再加点" in met
    assert page.get(at("proposals", plan.pk), {"count": 0, "share": 1}).status_code == 422


@pytest.mark.django_db
def test_from_draft_to_built(cast: Cast, page: Client, planner: User, plan: Plan) -> None:
    page.post(at("plan-deed", plan.pk, "submit"))
    assert "送审时测算" in page.get(at("plan-detail", plan.pk)).content.decode()
    boss = Client()
    boss.force_login(make.approver(cast))
    boss.post(at("plan-deed", plan.pk, "return"), {"reason": "再看一看现场"})
    assert "再看一看现场" in page.get(at("plan-detail", plan.pk)).content.decode()
    page.post(at("plan-deed", plan.pk, "submit"))
    boss.post(at("plan-deed", plan.pk, "approve"))
    pole = make.asset((120.0051, 36.005), "新立杆")
    assert "新立杆" in page.get(at("point-built", plan.pk, 1)).content.decode()
    page.post(at("point-built", plan.pk, 1), {"asset": pole.pk})
    assert PlannedPoint.objects.get(number=1).asset_id == pole.pk
    page.post(at("point-built", plan.pk, 1), {"clear": "1"})
    assert PlannedPoint.objects.get(number=1).asset_id is None
    page.post(at("plan-deed", plan.pk, "finish"), {"reason": "第二个点暂缓"})
    assert Plan.objects.get().state == "done"
    assert page.post(at("plan-deed", plan.pk, "burn")).status_code == 404


@pytest.mark.django_db
def test_a_sheet_goes_out_and_comes_in_again(cast: Cast, page: Client, plan: Plan) -> None:
    answer: Any = page.get(at("point-export", plan.pk))
    content = b"".join(answer.streaming_content)
    rows = list(load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    assert rows[1][:4] == (1, "点1", *HERE)
    second = make.plan(cast, name="二期")

    def send(**more: str) -> Any:
        file = SimpleUploadedFile("points.xlsx", content)
        return page.post(at("point-import", second.pk), {"file": file} | more)

    assert "将新增 2 个点位" in send().content.decode()
    assert send(write="1").status_code == 302
    assert second.points.count() == 2
    wrong = SimpleUploadedFile("points.csv", "点位名称,经度,纬度\n外,121,36\n".encode())
    refused = page.post(at("point-import", second.pk), {"file": wrong, "write": "1"})
    assert refused.status_code == 422
    assert "第2行 经度" in refused.content.decode()


@pytest.mark.django_db
def test_the_neighbour_and_who_has_no_right(cast: Cast, client: Client, plan: Plan) -> None:
    pages = [
        at("plan-detail", plan.pk), at("plan-edit", plan.pk), at("plan-shapes", plan.pk),
        at("proposals", plan.pk), at("point-edit", plan.pk, 1), at("point-export", plan.pk),
        reverse("api-siting-plan", args=[plan.pk]), reverse("api-siting-points", args=[plan.pk]),
        reverse("api-siting-coverage", args=[plan.pk]),
    ]  # fmt: skip
    client.force_login(make.planner(cast, cast.west_works, "planner2"))
    assert {client.get(each).status_code for each in pages} == {404}
    assert plan.name not in client.get(at("plan-list")).content.decode()
    client.force_login(cast.handler)
    assert {client.get(each).status_code for each in (*pages, at("plan-list"))} == {403}


@pytest.mark.django_db
def test_who_only_looks_changes_nothing(cast: Cast, client: Client, plan: Plan) -> None:
    client.force_login(make.approver(cast))
    assert client.get(at("plan-detail", plan.pk)).status_code == 200
    point = {"label": "点", "lon": "120.01", "lat": "36.01"}
    for address in (at("point-add", plan.pk), at("point-edit", plan.pk, 1)):
        assert client.post(address, point).status_code == 403
    for address in (at("point-remove", plan.pk, 1), at("plan-deed", plan.pk, "submit")):
        assert client.post(address).status_code == 403
    assert PlannedPoint.objects.count() == 2


@pytest.mark.django_db
def test_programs_read_plans_points_and_coverage(page: Client, plan: Plan) -> None:
    (listed,) = page.get(reverse("api-siting-plan-list"), {"state": "draft"}).json()["results"]
    assert (listed["name"], listed["points"], listed["state_label"]) == (plan.name, 2, "草稿")
    assert page.get(reverse("api-siting-plan-list"), {"state": "?"}).status_code == 400
    features = page.get(reverse("api-siting-points", args=[plan.pk])).json()["features"]
    assert features[0]["geometry"]["coordinates"] == list(HERE)
    told = page.get(reverse("api-siting-coverage", args=[plan.pk])).json()
    assert told["told"]["after"] > told["told"]["before"] == 0
    assert "公顷" in told["gaps"][0]["reason"]


@pytest.mark.django_db
def test_an_older_city_gets_the_roles_once(cast: Cast) -> None:
    seed_roles()
    Role.objects.filter(code__startswith="siting_").delete()
    step = type("Step", (), {"app_label": "siting", "name": "0001_initial"})
    ensure_roles(plan=[(step, False)])
    rights = Role.objects.get(code="siting_planner").permissions.values_list("codename", flat=True)
    assert set(rights) == {"plan_points", "view_plans"}
