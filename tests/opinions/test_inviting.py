"""PT-08: citizens drawn by lot are sent a link by SMS, once each, by day, and answer once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.matters.models import Case
from apps.messaging.enums import NoticeWay
from apps.messaging.services import choose_way
from apps.notices.models import Delivery
from apps.opinions import services
from apps.opinions.errors import AlreadyDone
from apps.opinions.models import SurveyAnswer, SurveyInvite
from apps.opinions.services.forgetting import OpinionPeople
from tests.cast import Cast
from tests.hotline.factories import demand
from tests.opinions.conftest import person, survey, web

NOON = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0) + timedelta(days=1)
PHONES = [f"1390000{number:04d}" for number in range(4)]


@pytest.fixture(autouse=True)
def noon(settings: Any) -> Any:
    settings.PUBLIC_ADDRESS = "https://hotline.city.example"
    with clock.at(NOON):
        yield


def ended(town: Cast, phone: str, **changes: Any) -> Case:
    """Will give a demand of a phone the eastern works have ended."""
    case = demand(town, reporter_phone=phone, **changes)
    unit = town.east_works
    Case.objects.filter(pk=case.pk).update(
        category="ended", closed_at=clock.now(), unit=unit, unit_path=unit.path
    )
    return case


def texts() -> dict[str, str]:
    """Will give the invitations ordered, by phone."""
    found = Delivery.objects.filter(text__contains="邀请您参加问卷")
    return dict(found.values_list("to", "text"))


def test_citizens_are_drawn_once_sent_a_link_by_day_and_answer_as_themselves(town: Cast) -> None:
    version = survey(town)
    for phone in PHONES[:2]:
        ended(town, phone)
    ended(town, PHONES[2], is_secret=True)
    ended(town, PHONES[3])
    choose_way(tenant_id=town.tenant.pk, phone=PHONES[3], way=NoticeWay.NONE)
    page = web(town.drafter)
    url = f"/opinions/surveys/{version.survey_id}/"
    form = {"size": "50", "days": "30", "class_code": ""}
    assert page.post(f"{url}invite/", form).status_code == 302
    assert page.post(f"{url}invite/", form).status_code == 302  # the same again draws nobody
    assert set(SurveyInvite.objects.values_list("phone", flat=True)) == set(PHONES[:2])
    shown = page.get(url).content.decode()
    assert "已抽取 2 人" in shown
    assert not any(phone in shown for phone in PHONES)
    with clock.at(NOON + timedelta(hours=10)):  # ten at night
        assert services.send_invites() == 0
    assert services.send_invites() == 2
    assert services.send_invites() == 0
    assert set(texts()) == set(PHONES[:2])
    assert set(SurveyInvite.objects.values_list("phone", flat=True)) == {""}
    assert not any(phone in str(list(AuditEntry.objects.values("data"))) for phone in PHONES)
    found = re.search(r"https://hotline\.city\.example(\S+/)", texts()[PHONES[0]])
    assert found is not None
    assert Client().get(found.group(1)).status_code == 200
    token = found.group(1).rstrip("/").rsplit("/", 1)[1]
    who = services.by_link(town.tenant.pk, version.survey_id, token, address="10.0.0.9")
    assert who is not None
    assert who.key == person(town, PHONES[0]).key
    said = {"version": version, "data": {"use": "often"}, "is_done": True, "address": "10.0.0.9"}
    services.save_answer(respondent=who, **said)
    with pytest.raises(AlreadyDone):  # the same person by the telephone
        services.save_answer(respondent=services.by_person(person(town, PHONES[0])), **said)


def test_another_survey_leaves_them_alone_for_thirty_days(town: Cast) -> None:
    first, second = survey(town), survey(town, title="路灯问卷", closes_on=clock.today() + _DAYS)
    ended(town, PHONES[0])
    sample = services.Sample(size=10, days=60)
    assert services.invite(town.drafter, survey_id=first.survey_id, sample=sample) == 1
    assert services.invite(town.drafter, survey_id=second.survey_id, sample=sample) == 0
    with clock.at(NOON + timedelta(days=31)):
        assert services.send_invites() == 0  # the first is over: dropped with its number
        assert not SurveyInvite.objects.exclude(phone="").exists()
        assert services.invite(town.drafter, survey_id=second.survey_id, sample=sample) == 1


_DAYS = timedelta(days=60)


def test_wrong_numbers_other_units_and_closed_ways_are_refused(town: Cast) -> None:
    version = survey(town, ways=["resident"])
    sample = services.Sample(size=10, days=30)
    with pytest.raises(InvalidInput) as refusal:
        services.invite(town.drafter, survey_id=version.survey_id, sample=sample)
    assert refusal.value.field == "size"
    open_one = survey(town)
    with pytest.raises(InvalidInput) as refusal:
        services.invite(town.drafter, survey_id=open_one.survey_id, sample=services.Sample(10, 400))
    assert refusal.value.field == "days"
    wrong = web(town.drafter).post(
        f"/opinions/surveys/{open_one.survey_id}/invite/", {"size": "0", "days": "30"}
    )
    assert wrong.status_code == 422
    with pytest.raises((NotFound, NotAllowed)):
        services.invite(town.publisher_west, survey_id=open_one.survey_id, sample=sample)
    case = ended(town, PHONES[0])
    Case.objects.filter(pk=case.pk).update(unit_path=town.west_works.path)
    assert services.invite(town.drafter, survey_id=open_one.survey_id, sample=sample) == 0
    assert not SurveyInvite.objects.exists()


def test_what_was_typed_loses_its_people_by_the_terms_and_what_was_chosen_stays(town: Cast) -> None:
    version = survey(town)
    services.save_answer(
        version=version,
        respondent=services.by_person(person(town)),
        data={"use": "often", "words": "请回电13912340057，谢谢"},
        is_done=True,
        address="10.0.0.9",
    )
    assert OpinionPeople().sweep(clock.now() - timedelta(days=1)) == 0
    assert OpinionPeople().sweep(clock.now() + timedelta(days=1)) == 1
    assert OpinionPeople().sweep(clock.now() + timedelta(days=1)) == 0
    kept = SurveyAnswer.objects.get().data
    assert kept["use"] == "often"
    assert "13912340057" not in kept["words"]
    assert "谢谢" in kept["words"]
