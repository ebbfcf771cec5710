"""The demo city's own collections, survey and ideas, on a small town."""

from types import SimpleNamespace
from typing import Any

import pytest

from apps.common import clock
from apps.demo.stages.opinions import ANSWERS, load_opinions
from apps.demo.world import World
from apps.opinions.models import Collection, Idea, SurveyAnswer
from tests.cast import Cast
from tests.opinions.conftest import web

pytestmark = pytest.mark.django_db


def test_every_state_stands_in_the_demo_city(town: Cast) -> None:
    city: Any = SimpleNamespace(districts=[SimpleNamespace(code="01")])
    staff = {
        "department_head": {"d01-cgj": [town.publisher_east]},
        "department_staff": {"d01-cgj": [town.drafter]},
        "supervisor": {"demo-center": [town.moderator]},
    }
    world = World(city, town.tenant, {}, {"d01-cgj": town.east_works}, staff)
    with clock.at(clock.now()):
        load_opinions(world, until=clock.now(), seed=1)
    states = Collection.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["concluded", "published"]
    assert SurveyAnswer.objects.filter(is_done=True).count() == ANSWERS
    ideas = Idea.objects.order_by("pk").values_list("state", flat=True)
    assert list(ideas) == ["submitted", "shown", "ripe", "adopted"]
    page = web(town.drafter).get(f"/opinions/surveys/{SurveyAnswer.objects.first().survey_id}/")  # type: ignore[union-attr]
    assert "每周" in page.content.decode()
