"""The pages, as keepers, planners, inspectors, neighbours and the public use them."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock, outbox
from apps.common.imports import read_rows
from apps.inspection import services
from apps.inspection.models import CheckResult, Conflict, Draw, DrawPlan, Inspector
from apps.inspection.models import SupervisedObject as Supervised
from tests.cast import Cast
from tests.flows.steps import photo
from tests.inspection import factories as make
from tests.inspection.test_register import row, sheet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counters(live: str) -> str:
    """Counters of uploaded proofs begin at nothing."""
    return live


def enter(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def object_data(cast: Cast, **changes: Any) -> dict[str, Any]:
    lon, lat = cast.inside_east()
    data = {
        "kind": "firm", "name": "新商行", "credit_code": make.credit_code(7),
        "unit": cast.east_works.pk, "area": cast.east.pk, "address": "二号路",
        "point_lng": lon, "point_lat": lat,
    }  # fmt: skip
    return data | changes


def plan_data(cast: Cast, **changes: Any) -> dict[str, Any]:
    today = clock.today().isoformat()
    data = {
        "title": "季度抽查", "matter_type": make.matter().pk, "area": cast.east.pk, "kind": "",
        "per_object": 2, "skip_days": 0, "avoid_last": "on", "units": [cast.east_works.pk],
        "from_on": today, "to_on": today, "rate_B": "50", "rate_C": "60", "rate_D": "100",
    }  # fmt: skip
    return data | changes


def test_a_keeper_registers_changes_and_ends_an_object(staffed: Cast, client: Client) -> None:
    enter(client, staffed.keeper)
    assert "没有符合条件的监管对象" in page(client, "/inspection/objects/")
    answer = client.post("/inspection/objects/new/", object_data(staffed))
    one = Supervised.objects.get()
    assert answer["Location"] == f"/inspection/objects/{one.pk}/"
    edit = f"/inspection/objects/{one.pk}/edit/"
    assert "新商行" in page(client, edit)
    client.post(edit, object_data(staffed, name="老商行"))
    assert "老商行" in page(client, f"/inspection/objects/{one.pk}/")
    client.post(f"/inspection/objects/{one.pk}/end/", {"reason": "注销"})
    one.refresh_from_db()
    assert not one.is_active
    assert "老商行" not in page(client, "/inspection/objects/")
    assert "老商行" in page(client, "/inspection/objects/?ended=on")


def test_a_wrong_code_is_told_at_its_field(staffed: Cast, client: Client) -> None:
    enter(client, staffed.keeper)
    answer = client.post(
        "/inspection/objects/new/", object_data(staffed, credit_code="91990100MA00000010")
    )
    assert answer.status_code == 422
    assert "校验位" in answer.content.decode()


def test_behaviour_with_evidence_is_recorded_and_withdrawn(staffed: Cast, client: Client) -> None:
    one = make.supervised(staffed)
    enter(client, staffed.keeper)
    address = f"/inspection/objects/{one.pk}/"
    client.post(
        address,
        {
            "code": "filed",
            "happened_on": clock.today().isoformat(),
            "text": "查实",
            "file": SimpleUploadedFile("决定书.jpg", photo()["buffer"]),
        },
    )
    record = one.behaviours.get()
    assert "B → C" in page(client, address)
    assert client.get(f"{address}behaviours/{record.pk}/files/").status_code == 200
    client.post(f"{address}behaviours/{record.pk}/withdraw/", {"reason": "登错"})
    assert "已撤销：登错" in page(client, address)
    assert client.post(f"{address}behaviours/0/withdraw/", {"reason": "x"}).status_code == 404


def test_the_neighbour_and_the_outsider_find_nothing(staffed: Cast, client: Client) -> None:
    one = make.supervised(staffed)
    frozen = make_draw(staffed, drawn=False)
    enter(client, staffed.keeper_west)
    for address in (
        f"/inspection/objects/{one.pk}/",
        f"/inspection/objects/{one.pk}/edit/",
        f"/inspection/plans/{frozen.plan_id}/",
        f"/inspection/draws/{frozen.number}/",
        f"/inspection/inspectors/{Inspector.objects.all()[0].pk}/",
    ):
        page(client, address, 404)
    assert "测试商行" not in page(client, "/inspection/objects/")
    enter(client, staffed.outsider)
    for address in ("objects", "inspectors", "plans", "checks", "objects/new", "objects/import"):
        page(client, f"/inspection/{address}/", 403)


def test_files_come_in_and_go_out(staffed: Cast, client: Client) -> None:
    enter(client, staffed.keeper)
    bad = row(staffed, 2, code="91990100MA00000019")

    def send(file: Any, **more: str) -> Any:
        upload = SimpleUploadedFile("名录.xlsx", file.getvalue())
        return client.post("/inspection/objects/import/", {"file": upload, **more})

    answer = send(sheet(row(staffed, 1), bad))
    assert answer.status_code == 422
    assert "第3行" in answer.content.decode()
    assert "spreadsheet" in send(sheet(row(staffed, 1), bad), sheet="1")["Content-Type"]
    assert send(sheet(row(staffed, 1)))["Location"] == "/inspection/objects/"
    out = client.get("/inspection/objects/export/")
    rows = read_rows(BytesIO(b"".join(out.streaming_content)), services.COLUMNS).rows
    assert [one.values["name"] for one in rows] == ["商行1"]
    assert AuditEntry.objects.filter(action="supervised_objects.exported").exists()


def test_opening_a_persons_file_is_logged(staffed: Cast, client: Client) -> None:
    one = make.supervised(staffed, kind="person", name="欧阳小明", credit_code="")
    enter(client, staffed.keeper)
    for address in ("/inspection/objects/", f"/inspection/objects/{one.pk}/"):
        found = page(client, address)
        assert "欧阳小明" not in found
        assert "欧**明" in found
    assert "欧阳小明" in page(client, f"/inspection/objects/{one.pk}/edit/")
    assert AuditEntry.objects.filter(action="supervised_object.revealed").count() == 1


def test_conflicts_are_declared_and_lifted(staffed: Cast, client: Client) -> None:
    one = make.supervised(staffed)
    who = Inspector.objects.get(user=staffed.inspector0)
    address = f"/inspection/inspectors/{who.pk}/"
    enter(client, staffed.inspector0)
    data = {"supervised": one.pk, "kind": "", "reason": "亲属"}
    assert client.post(address, data).status_code == 302
    conflict = Conflict.objects.get()
    lift = f"{address}conflicts/{conflict.pk}/lift/"
    assert client.post(lift, {"reason": "想查"}).status_code == 403
    enter(client, staffed.keeper)
    client.post(lift, {"reason": "已离职"})
    assert "已解除：已离职" in page(client, address)


def test_an_inspector_is_entered_and_changed(staffed: Cast, client: Client) -> None:
    who = Inspector.objects.get(user=staffed.inspector0)
    enter(client, staffed.keeper)
    page(client, "/inspection/inspectors/new/")
    data = {
        "user": who.user_id, "unit": staffed.east_works.pk, "certificate": "新证",
        "subjects": [make.matter().pk], "is_active": "on",
    }  # fmt: skip
    assert client.post(f"/inspection/inspectors/{who.pk}/edit/", data).status_code == 302
    assert "新证" in page(client, "/inspection/inspectors/")
    again = client.post("/inspection/inspectors/new/", data)
    assert again.status_code == 422


def test_from_a_plan_to_the_published_result(staffed: Cast, client: Client) -> None:
    make.many(staffed, 4)
    enter(client, staffed.planner)
    client.post("/inspection/plans/new/", plan_data(staffed))
    plan = DrawPlan.objects.get()
    found = page(client, f"/inspection/plans/{plan.pk}/")
    assert "锁定名单并公布摘要" in found
    client.post(f"/inspection/plans/{plan.pk}/freeze/")
    draw = Draw.objects.get()
    assert draw.list_digest in page(client, f"/inspection/draws/{draw.number}/")
    assert draw.secret not in page(client, f"/inspection/public/draws/{draw.number}/")
    assert client.post(f"/inspection/draws/{draw.number}/").status_code == 403

    enter(client, staffed.runner)
    address = f"/inspection/draws/{draw.number}/"
    refused = client.post(address, {"public_seed": "四月五日", "witness": ""})
    assert refused.status_code == 422
    client.post(address, {"public_seed": "四月五日", "witness": "王见证"})
    outbox.drain()
    assert "全部一致" in page(client, address)

    result = draw.results.select_related("case").first()
    assert result is not None
    lead = make.lead_of(result)
    enter(client, lead)
    check = f"/inspection/checks/{result.pk}/"
    assert "登记结果" in page(client, check)
    given = {
        "checked_on": clock.today().isoformat(), "finding": "no_problem", "text": "台账齐全",
        "public_text": "未发现问题", "item_registration": "pass", "item_notice": "pass",
    }  # fmt: skip
    assert client.post(check, given).status_code == 422
    assert client.post(check, given | {"item_safety": "fail"}).status_code == 422
    assert client.post(check, given | {"item_safety": "pass"}).status_code == 302
    assert result.draw.number in page(client, f"/cases/{result.case_id}/")

    enter(client, staffed.runner)
    assert "未发现问题" in page(client, "/inspection/checks/")
    client.post(f"{check}publish/")
    assert CheckResult.objects.get().published_at is not None
    client.logout()
    assert "未发现问题" in page(client, "/inspection/public/")
    public = page(client, f"/inspection/public/draws/{draw.number}/")
    assert lead.full_name not in public
    assert "王*证" in public
    assert draw.secret in public


def make_draw(cast: Cast, *, drawn: bool = True) -> Draw:
    for number in range(20, 24):
        make.supervised(cast, number)
    return make.drawn(cast) if drawn else make.frozen(cast)


def test_a_list_is_given_up_with_a_public_reason(staffed: Cast, client: Client) -> None:
    draw = make_draw(staffed, drawn=False)
    enter(client, staffed.planner)
    client.post(f"/inspection/draws/{draw.number}/abandon/", {"reason": "区域选错"})
    client.logout()
    assert "区域选错" in page(client, f"/inspection/public/draws/{draw.number}/")
    page(client, f"/inspection/public/draws/{draw.number}/export/proof/", 404)


def test_what_cannot_be_drawn_offers_no_button(staffed: Cast, client: Client) -> None:
    plan = make.plan(staffed)
    enter(client, staffed.planner)
    found = page(client, f"/inspection/plans/{plan.pk}/")
    assert "没有可抽取的对象" in found
    assert "锁定名单并公布摘要" not in found
    client.post(f"/inspection/plans/{plan.pk}/freeze/")
    assert not Draw.objects.exists()


def send_proof(client: Client, content: Any) -> str:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    upload = SimpleUploadedFile("proof.json", data)
    return client.post("/inspection/public/verify/", {"file": upload}).content.decode()


def test_anyone_verifies_a_proof(staffed: Cast, client: Client) -> None:
    draw = make_draw(staffed)
    proof = client.get(f"/inspection/public/draws/{draw.number}/export/proof/").json()
    found = send_proof(client, proof)
    assert "完全一致" in found
    assert "三个摘要与本站公布的" in found
    assert "证明不成立" in send_proof(client, proof | {"secret": "x"})
    forged = proof | {"list_digest": "0" * 64}
    assert "请以公示页为准" in send_proof(client, forged)
    assert "没有公布过" in send_proof(client, proof | {"number": "CQ-0"})


@pytest.mark.parametrize(
    "rubbish",
    [b"\xff\xfe", b"[" * 100_000, b"[]", b'{"algorithm":"citybrain-draw-1"}', b"9" * 5000],
)
def test_a_hostile_proof_is_answered(staffed: Cast, client: Client, rubbish: bytes) -> None:
    assert "证明不成立" in send_proof(client, rubbish)


def test_a_huge_proof_is_not_computed(staffed: Cast, client: Client) -> None:
    """A stranger cannot hold a worker up with a list made for it."""
    proof = {
        "algorithm": "citybrain-draw-1",
        "number": "CQ-1",
        "list": {
            "rates": {"A": 10_000},
            "per_object": 1,
            "barred": {},
            "objects": [{"id": str(n), "grade": "A"} for n in range(30_000)],
            "inspectors": [{"id": str(n)} for n in range(30_000)],
        },
    }
    assert "名单过大" in send_proof(client, proof)


def test_the_program_is_given_out(client: Client, staffed: Cast) -> None:
    answer = client.get("/inspection/public/export/drawing.py")
    assert b"def verify" in b"".join(answer.streaming_content)


def test_a_plan_is_edited_with_what_was_kept(staffed: Cast, client: Client) -> None:
    plan = make.plan(staffed)
    enter(client, staffed.planner)
    found = page(client, f"/inspection/plans/{plan.pk}/edit/")
    assert f'value="{plan.to_on.isoformat()}"' in found
    assert 'value="50' in found
    client.post(f"/inspection/plans/{plan.pk}/edit/", plan_data(staffed, title="改名"))
    plan.refresh_from_db()
    assert plan.title == "改名"


@pytest.mark.parametrize("address", ["objects", "inspectors", "plans"])
def test_lists_ask_no_more_for_more_rows(
    staffed: Cast, client: Client, address: str, django_assert_max_num_queries: Any
) -> None:
    make.many(staffed, 12)
    for number in range(5):
        make.plan(staffed, title=f"计划{number}")
    enter(client, staffed.planner)
    with django_assert_max_num_queries(30):
        page(client, f"/inspection/{address}/")
