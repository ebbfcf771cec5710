"""A town in which units ask the public, and citizens who have confirmed a telephone."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.common import clock
from apps.hotline.citizen import tokens
from apps.opinions import services
from apps.opinions.enums import Audience
from apps.opinions.models import Collection, Idea, SurveyVersion
from apps.opinions.participants import Participant, by_phone
from tests.cast import ROLES, Cast, _person
from tests.residents.factories import code_sent_to

PHONE = "13812345678"
QUESTIONS: dict[str, Any] = {
    "fields": [
        {
            "name": "use",
            "label": "您常去公园吗",
            "type": "choice",
            "required": True,
            "choices": [["often", "经常"], ["seldom", "偶尔"], ["never", "不去"]],
        },
        {
            "name": "why",
            "label": "不去的原因",
            "type": "multichoice",
            "required": True,
            "choices": [["far", "太远"], ["dirty", "不干净"]],
            "show_if": {"field": "use", "in": ["never"]},
        },
        {"name": "mark", "label": "总体打分", "type": "integer", "min": 1, "max": 5},
        {"name": "words", "label": "您的建议", "type": "longtext", "max_length": 1000},
    ]
}


@pytest.fixture(autouse=True)
def no_waiting(settings: Any, live: str) -> None:
    """A test fills in a form in no time; counters begin at nothing; two supporters are enough."""
    settings.CITIZEN_MIN_FILL_SECONDS = 0
    settings.IDEA_VOTES_NEEDED = 2


@pytest.fixture
def town(cast: Cast) -> Cast:
    """The cast with people of two districts who draft, publish, moderate and answer."""
    ROLES["opinion_drafter"] = ["opinions.draft_papers"]
    ROLES["opinion_head"] = [
        "opinions.draft_papers",
        "opinions.publish_papers",
        "opinions.answer_ideas",
        "matters.handle_case",
    ]
    ROLES["opinion_moderator"] = ["opinions.moderate_ideas", "opinions.view_papers"]
    for name, role, unit in (
        ("drafter", "opinion_drafter", cast.east_works),
        ("publisher_east", "opinion_head", cast.east_works),
        ("publisher_west", "opinion_head", cast.west_works),
        ("moderator", "opinion_moderator", cast.center),
    ):
        cast.people[name] = _person(name, f"{name}甲", role, unit)
    return cast


def web(user: User) -> Client:
    """Will give a browser of somebody signed in."""
    client = Client()
    client.force_login(user)
    return client


def person(cast: Cast, phone: str = PHONE) -> Participant:
    """Will give the citizen who confirmed a telephone."""
    return by_phone(cast.tenant.pk, phone)


def notice(**changes: Any) -> services.Notice:
    """Will give a notice open from today for ten days."""
    today = clock.today()
    values: dict[str, Any] = {
        "title": "滨河公园改造方案征求意见",
        "text": "拟增设步道和健身设施，请提意见。",
        "audience": Audience.ANYONE,
        "opens_on": today,
        "closes_on": today + timedelta(days=10),
    }
    return services.Notice(**(values | changes))


def collection(town: Cast, **changes: Any) -> Collection:
    """Will give a collection of the eastern works, published by its head."""
    made = services.draft_collection(town.drafter, unit=town.east_works, notice=notice(**changes))
    services.submit_collection(town.drafter, collection_id=made.pk)
    return services.publish_collection(town.publisher_east, collection_id=made.pk)


def survey(town: Cast, **changes: Any) -> SurveyVersion:
    """Will give a published survey of the eastern works."""
    today = clock.today()
    values: dict[str, Any] = {
        "title": "公园满意度问卷",
        "intro": "",
        "ways": ["link", "receipt", "resident"],
        "opens_on": today,
        "closes_on": today + timedelta(days=10),
        "questions": QUESTIONS,
    }
    draft = services.Draft(**(values | changes))
    made = services.draft_survey(town.drafter, unit=town.east_works, draft=draft)
    services.submit_version(town.drafter, version_id=made.pk)
    return services.publish_version(town.publisher_east, version_id=made.pk)


def idea(town: Cast, number: int = 1, *, shown: bool = True, **changes: Any) -> Idea:
    """Will give an idea of its own author, on the board."""
    values: dict[str, Any] = {
        "title": "路口增设行人等待区遮阳棚",
        "text": "夏天等红灯时太阳很晒，建议在学校周边路口增设遮阳棚。",
        "source_key": f"test:{number}",
        "person": person(town, f"1390000{number:04d}"),
        "address": "10.0.0.9",
    }
    made = services.submit_idea(tenant=town.tenant, **(values | changes))
    if shown:
        services.admit_idea(town.moderator, idea_id=made.pk, unit=town.east_works)
        made.refresh_from_db()
    return made


def filled(**changes: Any) -> dict[str, Any]:
    """Will give a citizen's form as a browser posts it."""
    values: dict[str, Any] = {"token": tokens.new_form(), "text": "希望步道铺设防滑材料。"}
    return values | changes


def confirmed(client: Client, phone: str = PHONE, back: str = "/citizen/ideas/") -> Client:
    """Will confirm a telephone in a browser, with the code that was sent."""
    asked = client.post("/citizen/phone/", {"phone": phone, "next": back})
    challenge = asked.context["form"].initial["challenge"]
    answer = client.post(
        "/citizen/phone/",
        {"challenge": challenge, "code": code_sent_to(phone), "next": back},
    )
    assert answer.status_code == 302, answer.content.decode()
    return client
