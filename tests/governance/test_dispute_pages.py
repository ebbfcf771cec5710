"""Pages of disputes and centres as people use them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.common import clock
from apps.governance.models import Dispute, ScoreNotice
from tests.cast import Cast
from tests.governance.factories import agreed, centre_of, mediating, opened


@pytest.fixture
def mediator(governed: Cast, client: Client) -> Client:
    client.force_login(governed.mediator)
    return client


def deed(client: Client, dispute: Dispute, name: str, **data: Any) -> Any:
    return client.post(reverse("governance:dispute-deed", args=[dispute.pk, name]), data)


def test_a_dispute_is_registered_by_its_form(governed: Cast, mediator: Client) -> None:
    data = {
        "centre": centre_of(governed.east_works).pk,
        "kind": "neighbour",
        "title": "漏水纠纷",
        "text": "楼上漏水。",
        "party-TOTAL_FORMS": "4",
        "party-INITIAL_FORMS": "0",
        "party-0-role": "applicant",
        "party-0-kind": "person",
        "party-0-name": "丁一",
        "party-1-role": "respondent",
        "party-1-kind": "person",
        "party-1-name": "卜二",
        "party-1-phone": "13800000009",
        "party-2-role": "third",
        "party-2-kind": "person",
        "party-3-role": "third",
        "party-3-kind": "person",
    }
    answer = mediator.post(reverse("governance:dispute-new"), data | {"party-1-phone": "12"})
    assert answer.status_code == 422
    assert "请填写11位手机号码" in answer.content.decode()
    assert "漏水纠纷" in answer.content.decode()

    answer = mediator.post(reverse("governance:dispute-new"), data)

    made = Dispute.objects.get()
    assert answer.url == reverse("governance:dispute", args=[made.pk])  # type: ignore[attr-defined]
    assert made.parties.count() == 2


def test_a_mediation_goes_from_page_to_page(governed: Cast, mediator: Client) -> None:
    dispute = opened(governed)
    parties = [str(pk) for pk in dispute.parties.values_list("pk", flat=True)]
    held = (clock.now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    today = clock.today().isoformat()

    assert deed(mediator, dispute, "mediators", chief=governed.mediator.pk).status_code == 302
    session = {"held_at": held, "place": "调解室", "text": "各让一步", "outcome": "agreed"}
    assert deed(mediator, dispute, "session", **session).status_code == 422
    assert deed(mediator, dispute, "session", **session, present=parties).status_code == 302
    agreement = {"terms": "夜间停工。", "perform_by": today}
    assert deed(mediator, dispute, "agreement", **agreement).status_code == 302
    early = deed(mediator, dispute, "conclude", result="agreed", note="好")
    assert "还有当事人没有同意协议" in early.content.decode()
    for party in parties:
        consent = {"party": party, "way": "signed", "witness": "王见证"}
        assert deed(mediator, dispute, "consent", **consent).status_code == 302
    assert deed(mediator, dispute, "conclude", result="agreed", note="好").status_code == 302
    assert deed(mediator, dispute, "visit", found="full", note="已履行").status_code == 302

    dispute.case.refresh_from_db()
    assert dispute.case.state == "closed"


def test_the_paper_is_masked_until_a_purpose_is_given(governed: Cast, mediator: Client) -> None:
    dispute = mediating(governed)
    agreement = agreed(governed, dispute)
    address = reverse("governance:agreement", args=[agreement.pk])

    masked = mediator.get(address).content.decode()
    clear = mediator.post(address, {"purpose": "打印正式文本"}).content.decode()

    assert "孙小梅" not in masked
    assert "孙*梅" in masked
    assert "孙小梅" in clear
    assert "13800000001" in clear


def test_pages_open_for_those_they_are_for_only(governed: Cast, client: Client) -> None:
    dispute = mediating(governed)
    addresses = [
        reverse("governance:dispute-list"),
        reverse("governance:dispute", args=[dispute.pk]),
        reverse("governance:dispute-results"),
        reverse("governance:centre-list"),
        reverse("governance:centre", args=[centre_of(governed.east_works).pk]),
        reverse("matters:case-detail", args=[dispute.case_id]),
    ]
    for person in (governed.mediator, governed.clerk):
        client.force_login(person)
        answers = {address: client.get(address).status_code for address in addresses}
        assert set(answers.values()) == {200}, (person, answers)
    client.force_login(governed.mediator_west)
    assert [client.get(address).status_code for address in addresses[1:2]] == [404]
    assert client.get(addresses[4]).status_code == 404
    client.force_login(governed.handler_west)
    assert client.get(addresses[0]).status_code == 403


def test_a_score_goes_down_and_is_signed_for(governed: Cast, client: Client) -> None:
    top, east = centre_of(governed.center), centre_of(governed.east_works)
    score = {
        "receiver": east.pk,
        "month": "2026-10",
        "title": "十月考核",
        "score": "91.50",
        "place": "1",
        "text": "办结及时。",
    }
    client.force_login(governed.clerk)
    assert client.post(reverse("governance:score-send", args=[top.pk]), score).status_code == 302
    bad = client.post(reverse("governance:score-send", args=[top.pk]), score | {"score": "101"})
    assert bad.status_code == 422
    notice = ScoreNotice.objects.get()
    address = reverse("governance:score-read", args=[east.pk, notice.pk])
    client.force_login(governed.mediator_west)
    assert client.post(address).status_code == 403
    client.force_login(governed.mediator)
    assert client.post(address, {"reply": "收到"}).status_code == 302

    notice.refresh_from_db()
    assert (notice.reply, notice.read_by_name) == ("收到", "和为贵")


def test_centres_are_arranged_by_level(governed: Cast, client: Client) -> None:
    client.force_login(governed.clerk)
    east = centre_of(governed.east_works)
    address = reverse("governance:centre-edit", args=[east.pk])
    data = {
        "level": "district",
        "name": "东区社会治理中心",
        "unit": east.unit_id,
        "parent": "",
        "is_active": "on",
    }
    assert "除市级中心外都须有上级中心" in client.post(address, data).content.decode()
    opened(governed)
    stop = data | {"parent": str(east.parent_id), "is_active": ""}
    assert "还有未结案的矛盾纠纷" in client.post(address, stop).content.decode()
    assert client.post(address, data | {"parent": str(east.parent_id)}).status_code == 302

    east.refresh_from_db()
    assert east.name == "东区社会治理中心"
