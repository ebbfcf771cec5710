"""The pages of the credit scale, as its drafter and its second person use them."""

from typing import Any

import pytest
from django.test import Client

from apps.common import outbox
from apps.inspection import credit, services
from apps.inspection.models import CreditScale, CreditScaleDraft
from apps.inspection.scale_forms import ScaleForm
from tests.cast import Cast
from tests.inspection import factories as make
from tests.inspection.test_pages import enter, page
from tests.inspection.test_scales import HIGHER, draft_of, enforced

pytestmark = pytest.mark.django_db
DRAFT = "/inspection/scale/draft/"


def sent(body: Any = HIGHER, **changes: Any) -> dict[str, Any]:
    """Will give what the form sends for a scale."""
    initial = ScaleForm.initial_of(body, "鼓励守信")
    data = {name: value for name, value in initial.items() if value is not None}
    return data | {"lines": len(body["behaviours"]) + 3} | changes


def test_from_the_draft_to_the_scale_in_force(staffed: Cast, client: Client) -> None:
    one = make.supervised(staffed)
    enter(client, staffed.drafter)
    assert "默认评分表" in page(client, "/inspection/scale/")
    page(client, DRAFT)
    last = f"behaviours-{len(HIGHER['behaviours'])}"
    new = {f"{last}-label": "参加公益", f"{last}-points": "4", f"{last}-months": "12"}
    answer = client.post(DRAFT, sent(**new, **{"behaviours-0-gone": "on"}))
    assert answer["Location"] == f"{DRAFT}preview/"
    body = CreditScaleDraft.objects.get().body
    assert body["behaviours"][-1] == {
        "code": "own_1", "label": "参加公益", "points": 4, "months": 12
    }  # fmt: skip
    assert "praised" not in {row["code"] for row in body["behaviours"]}
    found = page(client, f"{DRAFT}preview/")
    assert "启用新评分表" not in found
    assert client.post(f"{DRAFT}enforce/", {"revision": 1}).status_code == 403

    enter(client, staffed.enforcer)
    found = page(client, f"{DRAFT}preview/")
    assert "新增行为：参加公益 +4，计12个月" in found
    assert f"/inspection/objects/{one.pk}/" in found
    client.post(f"{DRAFT}enforce/", {"revision": 1})
    assert "正在按新版重新计算" in page(client, "/inspection/scale/")
    outbox.drain()
    found = page(client, "/inspection/scale/")
    assert "已按现行版本重新计算 1 个对象，1 个等级变动" in found
    assert "起草起草，启用启用" in found
    assert "鼓励守信" in found
    assert "已被替代" in page(client, "/inspection/scale/0/")
    page(client, "/inspection/scale/7/", 404)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"base": "many"}, "base", ""),
        ({"reason": ""}, "reason", ""),
        ({"grades-1-from": "99"}, "grades-1-from", "从高到低"),
        ({"grades-0-from": "", "grades-2-from": "85"}, "grades-2-from", "从高到低"),
        ({"behaviours-2-points": ""}, "behaviours-2-points", "请填写分值"),
        ({"behaviours-2-points": "101"}, "behaviours-2-points", ""),
        ({"behaviours-0-gone": "on", "behaviours-2-label": "履行信用承诺"},
         "behaviours-2-label", "重复"),
        ({"behaviours-0-finding": "filed"}, "behaviours-5-finding", "一种行为"),
        ({"lines": "nonsense"}, "", "至少保留一种行为"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_told_at_its_field(
    staffed: Cast, client: Client, changes: dict[str, Any], field: str, words: str
) -> None:
    enter(client, staffed.drafter)
    answer = client.post(DRAFT, sent(**changes))
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert set(errors) == {field or "__all__"}
    assert words in str(errors)
    assert not CreditScaleDraft.objects.exists()


def test_a_draft_is_another_ones_own(staffed: Cast, client: Client) -> None:
    draft_of(staffed)
    enter(client, staffed.enforcer)
    assert client.get(DRAFT).status_code == 403
    client.post(f"{DRAFT}discard/", {"reason": "依据不足"})
    found = page(client, "/inspection/scale/")
    assert "启用放弃：依据不足" in found
    page(client, f"{DRAFT}preview/", 404)


def test_a_stale_look_enforces_nothing(staffed: Cast, client: Client) -> None:
    draft_of(staffed)
    draft_of(staffed, credit.DEFAULT_SCALE | {"base": 10})
    enter(client, staffed.enforcer)
    for revision in ("1", "x", ""):
        client.post(f"{DRAFT}enforce/", {"revision": revision})
    assert not CreditScale.objects.exists()


def test_readers_see_the_scale_and_strangers_do_not(staffed: Cast, client: Client) -> None:
    enforced(staffed)
    enter(client, staffed.keeper)
    found = page(client, "/inspection/scale/")
    assert "起草新版" not in found
    assert "基准分：90 → 100" in found
    page(client, DRAFT, 403)
    page(client, f"{DRAFT}preview/", 404)
    enter(client, staffed.outsider)
    page(client, "/inspection/scale/", 403)


def test_the_preview_asks_no_more_for_more_objects(
    staffed: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    make.many(staffed, 12)
    draft_of(staffed)
    enter(client, staffed.enforcer)
    with django_assert_max_num_queries(30):
        page(client, f"{DRAFT}preview/")


def test_a_result_is_sent_back_from_its_page(staffed: Cast, client: Client) -> None:
    make.many(staffed, 4)
    result = make.drawn(staffed).results.select_related("case")[0]
    lead = make.lead_of(result)
    services.record_result(lead, result_id=result.pk, new=make.new_result("filed"))
    enter(client, staffed.runner)
    address = f"/inspection/checks/{result.pk}/"
    assert "退回更正" in page(client, address)
    client.post(f"{address}return/", {"reason": ""})
    assert "退回的版本" not in page(client, address)
    client.post(f"{address}return/", {"reason": "照片不清"})
    assert "退回更正" not in page(client, address)
    assert result.supervised.name not in page(client, "/inspection/checks/")
    enter(client, lead)
    assert "退回待更正" in page(client, "/inspection/checks/")
    found = page(client, address)
    assert "抽签退回：照片不清" in found
    assert "现场查看，台账齐全</textarea>" in found
    assert client.post(f"{address}return/", {"reason": "x"}).status_code in {403, 404}
