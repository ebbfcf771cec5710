"""Granted with no person when every check passes; a person when one does not (MT-17)."""

from typing import Any

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common import outbox
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.guides import services
from apps.guides.adapters.simulator import Registers
from apps.guides.enums import ReviewState
from apps.guides.models import Application, CheckRun
from apps.guides.selectors.instant import instant_figures
from apps.guides.services import instant
from apps.guides.shared_data import DataUnavailable
from tests.cast import Cast
from tests.guides.factories import allowance, read, switch_on

pytestmark = pytest.mark.django_db


def checked(cast: Cast, **changes: Any) -> Application:
    application = allowance(cast, **changes)
    outbox.drain()
    application.case.refresh_from_db()
    return application


def test_all_checks_pass_and_nobody_looks(served: Cast) -> None:
    switch_on(served.issuer, served)
    application = checked(served)
    assert application.case.state == "approved"
    run = CheckRun.objects.get()
    assert [r["passed"] for r in run.results] == [True, True, True]
    assert run.review == ReviewState.NONE
    event = application.case.events.latest("seq")
    assert event.actor_name == "系统"
    assert event.data["document_number"] == f"GL{application.case.number}"


def test_what_was_asked_is_recorded_masked(served: Cast) -> None:
    checked(served)
    assert CheckRun.objects.get().results[0]["input"] == {"id_number": "370*************16"}


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"elder_name": "别人"}, "person", "与共享数据不符"),
        ({"elder_id": "370102196005203317"}, "age", "与共享数据不符"),
        ({"card_number": "1"}, "card", "没有对应记录"),
    ],
)
def test_a_failed_check_goes_to_a_person(
    served: Cast, client: Client, changes: dict[str, str], code: str, words: str
) -> None:
    switch_on(served.issuer, served)
    application = checked(served, **changes)
    assert application.case.state == "dispatched"
    result = next(r for r in CheckRun.objects.get().results if r["code"] == code)
    assert not result["passed"]
    assert words in result["reason"]
    client.force_login(served.rsj)
    page = client.get(f"/cases/{application.case_id}/").content.decode()
    assert "有未通过项" in page
    assert words in page


def test_switched_off_it_is_a_person_though_all_passes(served: Cast) -> None:
    assert checked(served).case.state == "dispatched"
    switch_on(served.issuer, served)
    assert services.stop_all(served.issuer, tenant=served.tenant, reason="数据异常") == 1
    assert checked(served).case.state == "dispatched"
    assert AuditEntry.objects.filter(action="instant.switched_off").exists()


def test_an_unreachable_register_goes_to_a_person(
    served: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Registers):
        def find(self, dataset: str, match: Any) -> Any:
            raise DataUnavailable("down")

    monkeypatch.setattr(instant, "shared_data", Broken)
    switch_on(served.issuer, served)
    application = checked(served)
    assert application.case.state == "dispatched"
    assert "暂时查不到" in CheckRun.objects.get().results[0]["reason"]


def test_checking_twice_is_once(served: Cast) -> None:
    switch_on(served.issuer, served)
    application = checked(served)
    services.check_case(application.case_id)
    assert CheckRun.objects.count() == 1
    assert application.case.events.filter(action="approve_instantly").count() == 1


def test_a_withdrawn_application_is_not_granted(served: Cast) -> None:
    switch_on(served.issuer, served)
    application = allowance(served)
    services.withdraw(services.reporter_of(application), application_id=application.pk, reason="")
    outbox.drain()
    application.case.refresh_from_db()
    assert application.case.state == "withdrawn"


def test_a_sample_is_drawn_reviewed_once_and_counted(served: Cast) -> None:
    switch_on(served.issuer, served, share=100)
    application = checked(served)
    run = CheckRun.objects.get(case=application.case)
    assert run.review == ReviewState.PENDING
    assert run.drawn is not None
    with pytest.raises(NotAllowed):
        services.review_sample(served.clerk, run_id=run.pk, is_right=True, note="")
    with pytest.raises(InvalidInput):
        services.review_sample(served.issuer, run_id=run.pk, is_right=False, note="")
    services.review_sample(served.issuer, run_id=run.pk, is_right=False, note="户籍已迁出")
    with pytest.raises(Refused):
        services.review_sample(served.issuer, run_id=run.pk, is_right=True, note="")
    row = instant_figures(served.tenant)[0]
    assert (row.checked, row.granted, row.wrong) == (1, 1, 1)
    assert row.wrong_share == 1


@pytest.mark.parametrize("share", ["x", -1, 101])
def test_a_senseless_share_is_refused(served: Cast, share: Any) -> None:
    with pytest.raises(InvalidInput):
        switch_on(served.issuer, served, share=share)


def test_a_matter_without_checks_is_never_switched_on(served: Cast) -> None:
    with pytest.raises(InvalidInput):
        services.switch_instant(
            served.issuer,
            tenant=served.tenant,
            matter_code="service.household_birth",
            is_on=True,
            share=10,
            reason="试",
        )


def test_page_switches_and_reviews(served: Cast, client: Client) -> None:
    client.force_login(served.issuer)
    form = {
        "matter_code": "service.elder_allowance",
        "is_on": "on",
        "share": "100",
        "reason": "试运行",
    }
    client.post("/guides/office/instant/switch/", form)
    checked(served)
    page = client.get("/guides/office/instant/").content.decode()
    assert "待抽查" in page
    assert "全部停用" in page
    run = CheckRun.objects.get()
    client.post(f"/guides/office/instant/review/{run.pk}/", {"verdict": "right"})
    run.refresh_from_db()
    assert run.review == ReviewState.RIGHT
    client.post("/guides/office/instant/switch/", {"stop_all": "1", "reason": "停"})
    assert "全部停用" not in client.get("/guides/office/instant/").content.decode()


def test_registry_holds_only_what_checks_ask_for() -> None:
    assert set(read("registry")) == {"population", "bank_card"}
