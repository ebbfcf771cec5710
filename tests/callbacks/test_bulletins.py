"""HL-17, AP-03: the bulletin's figures, its four steps, its files, its editions."""

import io
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone
from docx import Document
from pypdf import PdfReader

from apps.callbacks import selectors, services
from apps.callbacks.documents import pdf as pdf_form
from apps.callbacks.enums import BulletinState
from apps.callbacks.models import Bulletin
from apps.common import clock, files
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.outbox import drain
from apps.matters.models import Case, Evaluation, Task
from tests.callbacks.conftest import BAD, GOOD, answered, called
from tests.matters import factories as make

OCTOBER = date(2026, 10, 1)
IN_SEPTEMBER = datetime(2026, 9, 10, 3, 0, tzinfo=UTC)
IN_OCTOBER = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def month(town, pool):
    """One case in September; in October one closed, one done again, one still open."""
    with clock.at(IN_SEPTEMBER):
        answered(town)
    with clock.at(IN_OCTOBER):
        called(town, answered(town, text="路灯不亮了，晚上很黑。", channel="web"), GOOD)
        called(town, answered(town, text="井盖又松了，很危险。"), BAD, by="second")
        make.handling(town)
    with clock.at(IN_NOVEMBER):
        yield OCTOBER


def issued(town, month) -> Bulletin:
    """Will give the month's first edition, issued."""
    bulletin = services.start_bulletin(town.lead, tenant=town.tenant, month=month)
    drain()
    services.submit_bulletin(town.lead, bulletin_id=bulletin.pk)
    services.approve_bulletin(town.boss, bulletin_id=bulletin.pk)
    drain()
    bulletin.refresh_from_db()
    return bulletin


def test_the_figures_are_those_of_a_slow_count(town, month):
    counted = selectors.count_figures(town.tenant, month)
    cases = [
        case
        for case in Case.objects.filter(matter_type__code__startswith="hotline.")
        if timezone.localtime(case.opened_at).strftime("%Y-%m") == "2026-10"
    ]
    channels = Counter(case.get_channel_display() for case in cases)
    assert {line["label"]: line["n"] for line in counted["channels"]} == dict(channels)
    assert counted["deeds"]["received"]["part"] == len(cases)
    assert counted["deeds"]["received"]["before_part"] == 1
    solved = counted["rates"]["solved"]
    closed = [
        score
        for score in Evaluation.objects.filter(target="result")
        if score.case.closed_at and timezone.localtime(score.case.closed_at).month == 10
    ]
    assert (solved["part"], solved["whole"]) == (sum(bool(e.solved) for e in closed), len(closed))
    calls = counted["callbacks"]
    assert (calls["done"], calls["reached"], calls["solved"], calls["redone"]) == (2, 2, 1, 1)
    given = [t for t in Task.objects.filter(kind="main") if t.case in cases]
    assert sum(unit["given"] for unit in counted["units"]) in (0, len(given))


def test_both_files_carry_the_figures_and_can_be_read_by_machines(town, month):
    bulletin = issued(town, month)
    assert bulletin.state == BulletinState.ISSUED
    paper = Document(io.BytesIO(files.open_stored(bulletin.word).read()))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    words = "\n".join(p.text for p in paper.paragraphs)
    assert "测试市政务服务热线月报" in words
    assert "东区城市管理局" in cells
    assert len(paper.inline_shapes) == 2
    book = PdfReader(io.BytesIO(files.open_stored(bulletin.pdf).read()))
    text = "".join(page.extract_text() for page in book.pages).replace("\n", "")
    for sentence in bulletin.paragraphs.values():
        assert sentence[:18] in words
        assert sentence[:18] in text
    assert bulletin.digest[:16] in text
    received = str(bulletin.figures["deeds"]["received"]["part"])
    assert received in cells
    ranking = next(t for t in paper.tables if t.rows[0].cells[0].text == "名次")
    head, first = ([cell.text for cell in row.cells] for row in ranking.rows[:2])
    unit = bulletin.figures["units"][0]
    assert first[head.index("解决率")] == f"{unit['solved']}%"
    assert first[head.index("响应率")] == f"{unit['response']}%"


def test_four_steps_by_two_persons_and_then_it_is_frozen(town, month):
    bulletin = services.start_bulletin(town.lead, tenant=town.tenant, month=month)
    assert services.start_bulletin(town.lead, tenant=town.tenant, month=month) == bulletin
    drain()
    texts = {"advice": "加强巡查。"}
    services.edit_bulletin(town.lead, bulletin_id=bulletin.pk, texts=texts)
    for wrong in ({"advice": " "}, {"advice": "长" * 2001}, {"figures": "x"}):
        with pytest.raises(InvalidInput) as refusal:
            services.edit_bulletin(town.lead, bulletin_id=bulletin.pk, texts=wrong)
        assert refusal.value.field == next(iter(wrong))
    services.submit_bulletin(town.lead, bulletin_id=bulletin.pk)
    with pytest.raises(NotAllowed):
        services.approve_bulletin(town.lead, bulletin_id=bulletin.pk)
    services.send_back_bulletin(town.boss, bulletin_id=bulletin.pk)
    services.submit_bulletin(town.lead, bulletin_id=bulletin.pk)
    services.approve_bulletin(town.boss, bulletin_id=bulletin.pk)
    drain()
    drain()
    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.paragraphs["advice"]) == (BulletinState.ISSUED, "加强巡查。")
    with pytest.raises(Refused):
        services.edit_bulletin(town.lead, bulletin_id=bulletin.pk, texts={"advice": "改"})
    again = selectors.count_figures(town.tenant, month)
    assert selectors.differences(bulletin.figures, again) == []


def test_a_correction_is_a_new_edition_and_says_why(town, month):
    first = issued(town, month)
    with pytest.raises(InvalidInput) as refusal:
        services.start_bulletin(town.lead, tenant=town.tenant, month=month)
    assert refusal.value.field == "correction"
    make.act(town.callback, answered_case(), "call_back", make.CALL_BACK)
    second = services.start_bulletin(
        town.lead, tenant=town.tenant, month=month, correction="补录一件回访"
    )
    drain()
    second.refresh_from_db()
    changed = selectors.differences(first.figures, second.figures)
    services.submit_bulletin(town.lead, bulletin_id=second.pk)
    services.approve_bulletin(town.boss, bulletin_id=second.pk)
    drain()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.edition) == ("replaced", "issued", 2)
    assert first.digest != second.digest or changed == []


def answered_case() -> Case:
    """Will give September's case, which still waits for its call-back."""
    return Case.objects.filter(state="answered").earliest("opened_at")


def test_a_worker_that_dies_while_making_it_leaves_an_order_that_is_done_later(
    town, month, monkeypatch
):
    bulletin = services.start_bulletin(town.lead, tenant=town.tenant, month=month)
    drain()
    services.submit_bulletin(town.lead, bulletin_id=bulletin.pk)
    approved = services.approve_bulletin(town.boss, bulletin_id=bulletin.pk)

    def dies(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pdf_form, "_bound", dies)
        with pytest.raises(KeyboardInterrupt):
            drain()
    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.word, bulletin.pdf) == (BulletinState.APPROVED, None, None)
    with clock.at(datetime(2026, 11, 2, 3, 5, tzinfo=UTC)):
        drain()
    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.digest) == (BulletinState.ISSUED, approved.digest)


def test_a_month_that_runs_and_people_without_the_right_are_refused(town, month):
    with pytest.raises(Refused, match="尚未结束"):
        services.start_bulletin(town.lead, tenant=town.tenant, month=date(2026, 11, 1))
    with pytest.raises(NotAllowed):
        services.start_bulletin(town.callback, tenant=town.tenant, month=month)
    bulletin = services.start_bulletin(town.lead, tenant=town.tenant, month=month)
    with pytest.raises(NotFound):
        services.approve_bulletin(town.handler, bulletin_id=bulletin.pk)
    assert list(selectors.list_bulletins(town.handler)) == []
