"""The pages of the rates: each answers, each figure leads to its cases, each deed is done."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.hotline.models import AppraisalLine, AppraisalMonth, Exclusion, RateFormula
from apps.hotline.rates.formula import CHOICES, DEFAULT
from tests.hotline.citizen.conftest import picture
from tests.hotline.rates.conftest import closed_in_october, published
from tests.hotline.rates.test_rates import LATER, UNSOLVED

pytestmark = pytest.mark.django_db
URL = "/hotline/rates/"


@pytest.fixture(autouse=True)
def november():
    with clock.at(LATER):
        yield


@pytest.fixture
def filled(town):
    published(town)
    closed_in_october(town)
    closed_in_october(town, **UNSOLVED)
    return town


def enter(client, user):
    client.force_login(user)
    return client


def test_every_link_of_the_overview_answers(client, filled):
    enter(client, filled.rate_author)
    for by in ("units", "districts", "streets"):
        page = client.get(f"{URL}?month=2026-10&by={by}")
        assert page.status_code == 200
    text = client.get(f"{URL}?month=2026-10").content.decode()
    assert "65.00" in text
    assert "50.00%" in text
    links = set(re.findall(r'href="(/hotline/rates/[^"]*)"', text))
    assert len(links) > 10
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_a_figure_opens_as_many_cases_as_it_says(client, filled):
    enter(client, filled.rate_author)
    page = client.get(f"{URL}cases/?month=2026-10&rate=solved&part=missed").content.decode()
    assert "共 1 件" in page
    assert "路口井盖松动" in page


def test_an_empty_month_and_no_formula_are_explained(client, town):
    enter(client, town.rate_author)
    page = client.get(f"{URL}?month=2026-03").content.decode()
    assert "按默认口径试算" in page
    assert "没有计入考核的诉求" in page
    assert client.get(f"{URL}?month=rubbish").status_code == 200


def test_strangers_do_not_enter(client, filled):
    for person in (filled.handler, filled.outsider):
        enter(client, person)
        assert client.get(URL).status_code == 403
        assert client.get(f"{URL}exclusions/").status_code == 403


def test_export_is_what_is_shown_and_logged(client, filled):
    enter(client, filled.rate_author)
    for table, rows in (("units", 2), ("districts", 2), ("cases", 3)):
        answer = client.get(f"{URL}export/{table}/?month=2026-10")
        sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
        assert sheet.max_row == rows
    assert AuditEntry.objects.filter(action="rates.exported").count() == 3
    assert client.get(f"{URL}export/nothing/").status_code == 404


def test_closing_by_its_button(client, filled):
    enter(client, filled.rate_boss)
    page = client.get(f"{URL}?month=2026-10").content.decode()
    assert "封账" in page
    client.post(f"{URL}close/", {"month": "2026-10", "tenant": filled.tenant.pk})
    assert AppraisalMonth.objects.get().line_count == 2
    assert "核对无误" in client.get(f"{URL}?month=2026-10").content.decode()


def test_a_formula_from_form_to_force(client, town):
    enter(client, town.rate_author)
    values = {name: getattr(DEFAULT, name) for name in CHOICES} | {
        "name": "考核办法",
        "basis_document": "测试市〔2026〕2 号",
        "effective_from": "2026-10",
        "satisfied_from": 4,
        "weight_response": 20,
        "weight_solved": 40,
        "weight_satisfied": 41,
    }
    page = client.post(f"{URL}formulas/new/", values).content.decode()
    assert "三项权重之和应为 100" in page
    client.post(f"{URL}formulas/new/", values | {"weight_satisfied": 40})
    formula = RateFormula.objects.get()
    assert formula.body["satisfied_from"] == 4
    client.post(f"{URL}formulas/1/submit/")
    client.post(f"{URL}formulas/1/approve/")
    formula.refresh_from_db()
    assert formula.state == "submitted"
    enter(client, town.rate_boss)
    assert "按本版" in client.get(f"{URL}formulas/1/?try=2026-10").content.decode()
    client.post(f"{URL}formulas/1/approve/")
    formula.refresh_from_db()
    assert formula.state == "published"
    assert client.get(f"{URL}formulas/").status_code == 200


def test_an_exclusion_from_form_to_ruling(client, town):
    case = closed_in_october(town)
    enter(client, town.filer)

    def photo():
        return SimpleUploadedFile("证据.jpg", picture().read(), content_type="image/jpeg")

    body = {"number": case.number, "reason_code": "other", "reason": "说明"}
    assert "请附 1 至 9 份证据" in client.post(f"{URL}exclusions/new/", body).content.decode()
    client.post(f"{URL}exclusions/new/", body | {"evidence": [photo()]})
    exclusion = Exclusion.objects.get()
    file = exclusion.files.get()
    address = f"{URL}exclusions/{exclusion.pk}/"
    assert client.get(f"{address}files/{file.pk}/").status_code == 200
    enter(client, town.ruler)
    assert "同意剔除" in client.get(address).content.decode()
    client.post(f"{address}reject/", {"note": "证据不足"})
    enter(client, town.filer)
    client.post(f"{address}appeal/", {"text": "补充", "evidence": [photo()]})
    enter(client, town.second_ruler)
    client.post(f"{address}overturn/", {"note": "成立"})
    exclusion.refresh_from_db()
    assert exclusion.state == "overturned"
    assert "成立" in client.get(address).content.decode()
    assert client.get(f"{URL}exclusions/?state=overturned").status_code == 200
    enter(client, town.filer_west)
    assert client.get(address).status_code == 404


def test_channels_and_classes_are_ranked_and_open_their_cases(client, filled):
    enter(client, filled.rate_author)
    for by, key in (("channels", "channel=phone"), ("classes", "class=road")):
        text = client.get(f"{URL}?month=2026-10&by={by}").content.decode()
        links = re.findall(r'href="(/hotline/rates/cases/[^"]*)"', text)
        own = [link.replace("&amp;", "&") for link in links if key in link]
        assert "共 2 件" in client.get(own[0]).content.decode()
    empty = client.get(f"{URL}cases/?month=2026-10&channel=web").content.decode()
    assert "共 0 件" in empty


def test_a_closed_month_keeps_channel_and_class_in_its_digest(client, filled):
    enter(client, filled.rate_boss).post(f"{URL}close/", {"month": "2026-10"})
    closed = AppraisalMonth.objects.get()
    assert set(closed.lines.values_list("channel", "class_code")) == {("phone", "road.manhole")}
    assert "核对无误" in client.get(f"{URL}?month=2026-10").content.decode()
    AppraisalLine.objects.filter(month=closed).update(channel="web")
    assert "数据可能被改动" in client.get(f"{URL}?month=2026-10").content.decode()


def switches(**changes):
    """Will give an address that tries weights and switches."""
    values = {f"weight_{rate}": weight for rate, weight in DEFAULT.weights.items()}
    return DEFAULT.as_body() | values | {"month": "2026-10"} | changes


def test_what_if_shows_both_rankings_and_keeps_nothing(client, filled):
    enter(client, filled.rate_author)
    before = (RateFormula.objects.count(), AuditEntry.objects.count())
    weights = {"weight_response": 0, "weight_solved": 100, "weight_satisfied": 0}
    page = client.get(f"{URL}what-if/", switches(**weights))
    assert page.context["score"] != page.context["score_before"]
    assert str(page.context["score"]) == "50.00"
    assert "东区城市管理局" in page.content.decode()
    assert (RateFormula.objects.count(), AuditEntry.objects.count()) == before
    wrong = client.get(f"{URL}what-if/", switches(weight_response=90))
    assert wrong.status_code == 422
    assert "权重之和应为 100" in wrong.content.decode()
    assert enter(client, filled.filer).get(f"{URL}what-if/").status_code == 403
