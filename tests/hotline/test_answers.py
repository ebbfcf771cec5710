"""HL-19: a draft of approved sentences with their sources; a person sends, what helped counts."""

from datetime import timedelta

import pytest

from apps.common import clock
from apps.hotline.models import Article
from apps.hotline.selectors.answers import draft_answer
from apps.hotline.services import Wording, edit_article, retire_article
from apps.hotline.services.knowledge import Placing
from apps.matters.models import Case
from tests.hotline.factories import TEXT, article, editors, neighbour
from tests.hotline.test_desk import typed

pytestmark = pytest.mark.django_db
BODY = (
    "报修请先说明道路名称和门牌。\n"
    "井盖松动或缺失的，市政养护单位接到诉求后两小时内到场设置围挡。井盖更换一个工作日内完成。\n"
    "供热投诉请拨打供热热线。"
)
ASKED = "解放路路口井盖松动，车辆经过声音很大，请问多久能更换？"


@pytest.fixture
def known(cast, line):
    writer, approver = editors(cast)
    return article(cast, writer, approver, body=BODY), writer, approver


def test_a_draft_is_of_approved_sentences_that_speak_of_it(cast, known):
    found, writer, _approver = known
    article(cast, writer, title="井盖松动新规定", body="井盖松动三十分钟内更换。")  # not approved
    edit_article(
        writer,
        article_id=found.pk,
        wording=Wording("井盖损坏如何报修", "井盖松动当场更换。"),
        placing=Placing(class_code="road.manhole"),
    )
    draft = draft_answer(tenant=cast.tenant, text=ASKED)
    assert {(s.article.pk, s.article.version, s.paragraph) for s in draft.sentences} == {
        (found.pk, 1, 2)
    }
    assert "两小时内到场" in draft.text
    assert all(sentence.text in BODY for sentence in draft.sentences)
    assert "供热" not in draft.text


def test_what_is_over_retired_or_of_another_city_is_not_offered(cast, known):
    found, _writer, approver = known
    elsewhere = neighbour(cast).appointments.get().post.organization.tenant
    assert draft_answer(tenant=elsewhere, text=ASKED) is None
    assert draft_answer(tenant=cast.tenant, text="孩子入学需要什么材料") is None
    assert draft_answer(tenant=cast.tenant, text="'; drop table -- <b>！！") is None
    Article.objects.filter(pk=found.pk).update(valid_to=clock.today() - timedelta(days=1))
    assert draft_answer(tenant=cast.tenant, text=ASKED) is None
    Article.objects.filter(pk=found.pk).update(valid_to=None)
    assert draft_answer(tenant=cast.tenant, text=ASKED) is not None
    retire_article(approver, article_id=found.pk, reason="改由新条目答复")
    assert draft_answer(tenant=cast.tenant, text=ASKED) is None


def test_an_agent_sees_it_edits_it_and_the_article_is_counted(cast, known, client):
    found, *_ = known
    client.force_login(cast.acceptor)
    page = client.post("/hotline/desk/hints/", {"text": TEXT}).content.decode()
    assert "答复草稿" in page
    assert "第 1 版第 2 段" in page
    assert Case.objects.count() == 0  # nothing is sent by itself
    sent = typed(then="answer", answer="您好，两小时内到场处理。", cited=f"{found.pk}")
    client.post("/hotline/desk/", sent)
    client.post("/hotline/desk/", sent)
    found.refresh_from_db()
    assert found.hit_count == 1
    assert Case.objects.get().events.filter(action="answer").count() == 1
    bad = client.post("/hotline/desk/", typed(then="answer", answer="好", cited="1;drop"))
    assert bad.status_code == 422
