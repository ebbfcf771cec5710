"""The start page, published results, public answers."""

from datetime import date

import pytest
from django.test import Client

from apps.hotline.enums import ArticleState
from apps.hotline.models import Article, Demand
from apps.matters.models import Case
from apps.nlp import search
from tests.cast import Cast
from tests.hotline.citizen.conftest import close, send


@pytest.fixture
def result(cast: Cast) -> Case:
    """A published result with a telephone number in its text."""
    text = "和平路井盖松动，请联系我 13912345678，车牌鲁B12345。"
    case = close(cast, send(Client(), text=text, is_public="on"))
    Demand.objects.filter(case=case).update(is_published=True)
    return case


def article(cast: Cast, **changes: object) -> Article:
    """Will give a public answer in force."""
    values = {
        "tenant": cast.tenant,
        "unit": cast.center,
        "title": "怎样办理居住证",
        "body": "带身份证到社区服务中心办理。",
        "state": ArticleState.PUBLISHED,
        "version": 1,
        "valid_from": date(2020, 1, 1),
        "updated_at": "2026-01-01T00:00:00Z",
        "search": search.search_vector("怎样办理居住证", "带身份证到社区服务中心办理。"),
    }
    return Article.objects.create(**(values | changes))


def test_the_start_page_shows_doors_and_figures(client: Client, result: Case) -> None:
    response = client.get("/citizen/")
    assert response.context["figures"].received == 1
    assert response.context["figures"].closed == 1
    assert "我要反映" in response.content.decode()


def test_nothing_set_up_is_said(client: Client, db: None) -> None:
    assert client.get("/citizen/").status_code == 404


def test_a_result_is_shown_without_personal_data(client: Client, result: Case) -> None:
    html = client.get(f"/citizen/results/{result.number}/").content.decode()
    assert "已更换井盖并加固" in html
    assert "13912345678" not in html
    assert "和平路12号" not in html  # the exact address is not published
    assert "张三丰" not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 1),
        ({"q": "井盖"}, 1),
        ({"q": "路灯"}, 0),
        ({"class_code": "road.manhole"}, 1),
        ({"class_code": "env.noise"}, 0),
        ({"month": "1999-01"}, 0),
        ({"month": "2026-01"}, 0),
        ({"area": "999999"}, 0),
        ({"q": "盖"}, 0),
        ({"before": "0"}, 0),
        ({"q": "' OR 1=1 --"}, 0),
        ({"month": "2026-13", "area": "x", "before": "-1"}, 0),
    ],
)
def test_results_are_narrowed(
    client: Client, result: Case, query: dict[str, str], found: int
) -> None:
    response = client.get("/citizen/results/", query)
    assert response.status_code == 200
    assert len(response.context["page"].results) == found


@pytest.mark.parametrize("change", ["is_secret", "is_published"])
def test_what_is_not_public_is_not_there(client: Client, result: Case, change: str) -> None:
    Demand.objects.filter(case=result).update(**{change: change == "is_secret"})
    assert client.get(f"/citizen/results/{result.number}/").status_code == 404


def test_results_page_by_page(client: Client, result: Case, cast: Cast) -> None:
    for number in range(11):
        case = close(
            cast, send(Client(), text=f"第{number}件公开的事情", reporter_phone="", is_public="on")
        )
        Demand.objects.filter(case=case).update(is_published=True)
    first = client.get("/citizen/results/")
    assert len(first.context["page"].results) == 10
    second = client.get("/citizen/results/" + first.context["next_url"])
    assert len(second.context["page"].results) == 2
    assert second.context["next_url"] == ""


def test_answers_are_found_and_scored_once(client: Client, cast: Cast) -> None:
    known = article(cast)
    assert known.title in client.get("/citizen/answers/", {"q": "居住证"}).content.decode()
    for _ in range(2):
        client.post(f"/citizen/answers/{known.pk}/helpful/", {"useful": "yes"})
    known.refresh_from_db()
    assert known.useful_count == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"is_public": False},
        {"state": ArticleState.RETIRED},
        {"valid_to": date(2020, 2, 1)},
    ],
)
def test_answers_not_for_the_public_are_not_there(
    client: Client, cast: Cast, changes: dict[str, object]
) -> None:
    hidden = article(cast, **changes)
    assert client.get(f"/citizen/answers/{hidden.pk}/").status_code == 404
    assert client.post(f"/citizen/answers/{hidden.pk}/helpful/").status_code == 404
    assert hidden.title not in client.get("/citizen/answers/").content.decode()
