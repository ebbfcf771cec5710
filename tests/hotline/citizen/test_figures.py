"""The hotline in figures and its published results, for pages and programs of anybody (HL-05)."""

import pytest
from django.core.cache import cache
from django.test import Client

from apps.common.periods import last_days
from apps.figures.selectors import Line
from apps.hotline.models import Demand
from apps.hotline.statistics.selectors.public import LEAST, public_book, told
from apps.matters.models import Case
from tests.cast import Cast
from tests.hotline.citizen.conftest import close, send


def line(label: str, received: int, closed: int = 0) -> Line:
    return Line(label, received, closed, 0, 0, 0, 0, 0, None, {})


@pytest.fixture
def closed_case(cast: Cast) -> Case:
    cache.clear()
    text = "和平路井盖松动，请联系我 13912345678。"
    case = close(cast, send(Client(), text=text, is_public="on"))
    Demand.objects.filter(case=case).update(is_published=True)
    return case


def test_what_is_too_small_is_told_as_one() -> None:
    found = told([line("道路", 40, 30), line("噪声", 3, 1), line("路灯", 9), line("井盖", 4, 2)])
    assert [(n.label, n.received, n.closed) for n in found] == [
        ("道路", 40, 30),
        ("路灯", 9, 0),
        ("其他（合并）", 7, 3),
    ]


def test_one_small_line_takes_the_next_with_it_so_that_nobody_subtracts() -> None:
    found = told([line("道路", 40), line("路灯", 9), line("噪声", 1)])
    assert [(n.label, n.received) for n in found] == [("道路", 40), ("其他（合并）", 10)]


@pytest.mark.parametrize("counts", [[], [1], [LEAST - 1], [2, 1]])
def test_where_all_is_too_small_no_line_is_told(counts: list[int]) -> None:
    assert told([line(str(n), n) for n in counts]) == []


def test_lines_that_are_large_enough_stay_as_they_are() -> None:
    found = told([line("a", LEAST), line("b", LEAST + 1)])
    assert [(n.label, n.is_rest) for n in found] == [("b", False), ("a", False)]


def test_the_book_counts_the_days_and_hides_rates_over_few(cast: Cast, closed_case: Case) -> None:
    book = public_book(cast.tenant, last_days(7))
    assert (book.received, book.closed) == (1, 1)
    assert [n for _day, n in book.days] == [0, 0, 0, 0, 0, 0, 1]
    assert {rate.value for rate in book.rates} == {""}
    assert all(rate.formula for rate in book.rates)


def test_the_book_counts_nothing_of_another_body(cast: Cast, closed_case: Case) -> None:
    other = type(cast.tenant).objects.create(code="other", name="别的市")
    assert public_book(other, last_days(7)).received == 0


def test_the_page_says_how_its_figures_come_about(client: Client, closed_case: Case) -> None:
    html = client.get("/citizen/figures/").content.decode()
    assert "太少，不公布" in html
    assert "办理结果评为“基本满意”及以上" in html
    assert "和平路" not in html


@pytest.mark.parametrize("days", ["", "7", "90", "36500", "x", "-1"])
def test_other_spans_than_offered_are_the_usual_one(
    client: Client, closed_case: Case, days: str
) -> None:
    book = client.get("/citizen/figures/", {"days": days}).context["book"]
    expected = int(days) if days in {"7", "90"} else 30
    assert (book.last - book.first).days + 1 == expected


def test_an_empty_span_says_so(client: Client, cast: Cast) -> None:
    cache.clear()
    assert "这段时间还没有收到反映" in client.get("/citizen/figures/").content.decode()


def test_programs_read_the_same_figures_without_signing_in(
    client: Client, closed_case: Case
) -> None:
    told_to_programs = client.get("/api/v1/hotline/figures/", {"days": 7}).json()
    assert told_to_programs["received"] == 1
    assert len(told_to_programs["days"]) == 7
    assert told_to_programs["classes"] == []
    refused = client.get("/api/v1/hotline/figures/", {"days": 8})
    assert refused.status_code == 400
    assert "days" in str(refused.json())


def test_programs_read_published_results_with_numbers_covered(
    client: Client, closed_case: Case
) -> None:
    page = client.get("/api/v1/hotline/results/", {"q": "井盖"}).json()
    assert [found["number"] for found in page["results"]] == [closed_case.number]
    assert page["next_before"] is None
    one = client.get(f"/api/v1/hotline/results/{closed_case.number}/")
    assert "已更换井盖并加固" in one.json()["reply"]
    assert "13912345678" not in one.content.decode()
    assert "和平路12号" not in one.content.decode()


@pytest.mark.parametrize(
    ("query", "field"),
    [({"month": "2026-13"}, "month"), ({"area": "x"}, "area"), ({"before": "0"}, "before")],
)
def test_a_question_that_is_wrong_names_the_field(
    client: Client, cast: Cast, query: dict[str, str], field: str
) -> None:
    answer = client.get("/api/v1/hotline/results/", query)
    assert answer.status_code == 400
    assert field in str(answer.json())


def test_what_is_secret_is_not_given_to_programs(client: Client, closed_case: Case) -> None:
    Demand.objects.filter(case=closed_case).update(is_secret=True)
    assert client.get("/api/v1/hotline/results/").json()["results"] == []
    assert client.get(f"/api/v1/hotline/results/{closed_case.number}/").status_code == 404
