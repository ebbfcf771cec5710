"""Surveys: versions, three ways in, once each, resumed, counted with small groups hidden."""

from datetime import timedelta
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.opinions import selectors, services
from apps.opinions.errors import AlreadyDone, NotOpen, PaperMoved
from apps.opinions.models import SurveyAnswer, SurveyVersion
from apps.opinions.participants import Participant, by_phone
from apps.opinions.questions import check_questions
from apps.opinions.selectors.results import LEAST, cells_of
from tests.cast import Cast
from tests.hotline.citizen.conftest import close, send
from tests.opinions.conftest import QUESTIONS, confirmed, person, survey, web

pytestmark = pytest.mark.django_db
URL = "/opinions/surveys/"
GOOD = {"use": "often", "mark": "4", "words": "很好，电话13800001111"}


def answer(version: SurveyVersion, number: int, **data: Any) -> SurveyAnswer:
    """Will give the done answer of a citizen of their own."""
    who = services.by_person(person_of(version, number))
    given = {"use": "often"} | data
    return services.save_answer(
        version=version, respondent=who, data=given, is_done=True, address=str(number)
    )


def person_of(version: SurveyVersion, number: int) -> Participant:
    return by_phone(version.survey.tenant_id, f"1370000{number:04d}")


def posted_rows() -> dict[str, str]:
    """Will give two questions as the page of a drafter posts them."""
    common = {"q-TOTAL_FORMS": "2", "q-INITIAL_FORMS": "0", "q-MAX_NUM_FORMS": "60"}
    first = {
        "q-0-label": "您常去公园吗",
        "q-0-kind": "choice",
        "q-0-required": "on",
        "q-0-choices_text": "经常\n不去",
        "q-0-ORDER": "1",
    }
    second = {
        "q-1-label": "为什么",
        "q-1-kind": "longtext",
        "q-1-after": "您常去公园吗",
        "q-1-after_values": "不去",
        "q-1-ORDER": "2",
    }
    return common | first | second


def test_drafted_in_rows_published_by_another_and_versioned(town: Cast, client: Client) -> None:
    today = clock.today()
    form = posted_rows() | {
        "unit": str(town.east_works.pk),
        "title": "公园满意度问卷",
        "ways": "resident",
        "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=3)).isoformat(),
    }
    east = web(town.drafter)
    wrong = east.post(f"{URL}new/", form | {"q-1-after_values": "没有的选项"})
    assert wrong.status_code == 422
    assert "前面没有题目" in wrong.content.decode()
    assert east.post(f"{URL}new/", form).status_code == 302
    first = SurveyVersion.objects.get()
    condition = first.questions["fields"][1]["show_if"]
    assert condition["field"] == first.questions["fields"][0]["name"]
    east.post(f"{URL}{first.survey_id}/submit/")
    with pytest.raises(NotAllowed):
        services.publish_version(town.drafter, version_id=first.pk)
    web(town.publisher_east).post(f"{URL}{first.survey_id}/publish/")
    assert web(town.publisher_west).get(f"{URL}{first.survey_id}/").status_code == 404
    first.refresh_from_db()
    name = first.questions["fields"][0]["name"]
    code = first.questions["fields"][0]["choices"][0][0]
    kept = answer(first, 1, **{name: code})
    draft = services.Draft("改题", "", ["resident"], today, today, QUESTIONS)
    with pytest.raises(PaperMoved):
        services.edit_version(town.drafter, version_id=first.pk, draft=draft)
    east.post(f"{URL}{first.survey_id}/next/")
    second = services.next_version(town.drafter, survey_id=first.survey_id)
    assert second.number == 2
    with pytest.raises(NotOpen):  # a draft takes nothing
        answer(second, 2, **{name: code})
    edited = east.get(f"{URL}{first.survey_id}/edit/").content.decode()
    assert "不去" in edited
    services.submit_version(town.drafter, version_id=second.pk)
    second = services.publish_version(town.publisher_east, version_id=second.pk)
    first.refresh_from_db()
    assert first.state == "retired"
    assert kept.version == first
    assert east.get(f"{URL}{first.survey_id}/?version=1").context["done"] == 1
    who = services.by_person(person_of(second, 1))
    with pytest.raises(AlreadyDone):
        services.save_answer(
            version=second, respondent=who, data={name: code}, is_done=True, address="x"
        )


def test_a_confirmed_phone_answers_in_two_sittings_and_once(town: Cast, client: Client) -> None:
    version = survey(town)
    url = f"/citizen/surveys/{version.survey_id}/"
    assert version.title in client.get("/citizen/surveys/").content.decode()
    assert "确认手机号" in client.get(url).content.decode()
    assert client.post(url, GOOD).status_code == 200
    assert not SurveyAnswer.objects.exists()
    confirmed(client, back=url)
    hidden = client.get(url).content.decode()
    assert 'data-show-if="use=never" hidden' in hidden
    client.post(url, {"use": "never", "words": "先写一半", "step": "later"})
    resumed = client.get(url).content.decode()
    assert "先写一半" in resumed
    refused = client.post(url, {"use": "never", "mark": "9", "step": "send"})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"why", "mark"}
    assert client.post(url, GOOD | {"step": "send"}).status_code == 302
    assert "每人只计一份" in client.get(url).content.decode()
    row = SurveyAnswer.objects.get()
    assert row.data == {"use": "often", "mark": 4, "words": "很好，电话13800001111"}
    assert "13812345678" not in row.person
    second_tab = client.post(url, GOOD | {"mark": "1", "step": "send"})
    assert "每人只计一份" in second_tab.content.decode()
    row.refresh_from_db()
    assert row.data["mark"] == 4


def test_a_link_answers_once_and_the_receipt_of_an_ended_case(town: Cast, client: Client) -> None:
    version = survey(town)
    with pytest.raises(InvalidInput):
        services.make_links(town.drafter, survey_id=version.survey_id, count=501)
    sheet = web(town.drafter).post(f"{URL}{version.survey_id}/links/", {"count": "2"})
    book = load_workbook(BytesIO(b"".join(sheet.streaming_content)))  # type: ignore[attr-defined]
    address = str(book.active["A2"].value).removeprefix("http://testserver")
    assert client.get(f"/citizen/surveys/{version.survey_id}/links/nobody/").status_code == 404
    assert client.post(address, GOOD).status_code == 302
    assert "每人只计一份" in client.get(address).content.decode()
    case = send(client)
    url = f"/citizen/surveys/{version.survey_id}/"
    only = survey(town, ways=["receipt"])
    by_receipt = f"/citizen/surveys/{only.survey_id}/"
    assert client.get(by_receipt).context["respondent"] is None
    close(town, case)
    assert client.get(by_receipt).context["respondent"].way == "receipt"
    assert client.post(by_receipt, GOOD).status_code == 302
    assert client.get(url).context["respondent"].key == person(town).key
    assert set(SurveyAnswer.objects.values_list("way", flat=True)) == {"link", "receipt"}
    with clock.at(clock.now() + timedelta(days=11)), pytest.raises(NotOpen):
        answer(version, 3)


def test_results_hide_small_groups_and_personal_data(town: Cast) -> None:
    version = survey(town)
    for number in range(4):
        answer(version, number, mark="5", words=f"第{number}条 13800001111")
    assert [result.answers for result in selectors.results_of(version)] == [None] * 4
    for number in range(4, 12):
        answer(version, number, mark="5", words="路灯暗")
    answer(version, 12, use="seldom", mark="1")
    use, why, mark, words = selectors.results_of(version)
    assert [cell.count for cell in use.cells] == [None, None, 0]
    assert (why.answers, mark.mean) == (None, None)
    assert "13800001111" not in str(words.texts)
    assert len(words.texts) == 5
    sheet = web(town.drafter).get(f"{URL}{version.survey_id}/results/1/")
    book = load_workbook(BytesIO(b"".join(sheet.streaming_content)))  # type: ignore[attr-defined]
    cells = [str(cell.value) for line in book.active.iter_rows() for cell in line]
    assert "少于5人，不显示" in cells
    assert not any("13800001111" in cell for cell in cells)
    page = web(town.drafter).get(f"{URL}{version.survey_id}/")
    assert "作答不足5人" in page.content.decode()


def test_no_hidden_count_follows_from_the_others() -> None:
    for counts in product((0, 1, 2, 4, 5, 9), repeat=4):
        values = [str(code) for code, n in enumerate(counts) for _ in range(n)]
        choices = [(str(code), str(code)) for code in range(4)]
        cells = cells_of(choices, values, max(len(values), 1), adds_up=True)
        shown = [cell.count for cell in cells if cell.count is not None]
        assert all(n == 0 or n >= LEAST for n in shown)
        hidden = [n for n, cell in zip(counts, cells, strict=True) if cell.count is None]
        assert not hidden or sum(hidden) >= LEAST or not any(shown)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"type": "phone"}, "不能用这种"),
        ({"type": "integer", "min": 1, "max": 50}, "打分须为"),
        ({"type": "integer"}, "打分须为"),
        ({"type": "choice", "choices": [[str(n), str(n)] for n in range(31)]}, "选项不能超过"),
    ],
)
def test_questions_that_no_survey_may_ask(entry: dict[str, Any], says: str) -> None:
    problems = check_questions({"fields": [{"name": "q", "label": "题", **entry}]})
    assert says in problems[0]
