"""Knowledge: written by one, approved by another, found while typing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.hotline.enums import ArticleState
from apps.hotline.errors import ArticleNotReady
from apps.hotline.models import ArticleVersion
from apps.hotline.selectors import knowledge
from apps.hotline.services import (
    Placing,
    Wording,
    create_article,
    edit_article,
    give_feedback,
    publish_article,
    retire_article,
)
from tests.cast import ROLES, Cast, _person
from tests.hotline.factories import TEXT, article, editors, neighbour

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(cast: Cast) -> tuple[Any, Any]:
    """A writer and an approver."""
    return editors(cast)


def found(cast: Cast, text: str = TEXT, **changes: Any) -> list[str]:
    """Will give the titles offered for a text."""
    return [a.title for a in knowledge.find_articles(tenant=cast.tenant, text=text, **changes)]


class TestWriting:
    def test_it_is_offered_only_after_a_second_person_approved(
        self, cast: Cast, two: tuple[Any, Any]
    ) -> None:
        writer, approver = two
        made = article(cast, writer)
        assert (made.state, made.version, found(cast)) == (ArticleState.DRAFT, 0, [])

        publish_article(approver, article_id=made.pk, number=1)

        assert found(cast) == ["井盖损坏如何报修"]
        assert AuditEntry.objects.filter(action="hotline.publish_article").count() == 1

    def test_the_author_never_approves(self, cast: Cast, two: tuple[Any, Any]) -> None:
        made = article(cast, two[0])
        with pytest.raises(NotAllowed):
            publish_article(two[0], article_id=made.pk, number=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            ArticleVersion.objects.update(approved_by_id=two[0].pk)

    def test_an_edit_waits_beside_the_wording_in_force(
        self, cast: Cast, two: tuple[Any, Any]
    ) -> None:
        made = article(cast, *two)
        body = "请说明位置。三个工作日内处理。"
        edit_article(
            two[1], article_id=made.pk, wording=Wording("新标题", body, "改期限"), placing=Placing()
        )
        made.refresh_from_db()
        pending = knowledge.pending_version(made)
        assert (made.title, pending and pending.number) == ("井盖损坏如何报修", 2)
        assert [c.kind for c in knowledge.changes(made, pending)] == ["same", "removed", "added"]

        publish_article(two[0], article_id=made.pk, number=2)
        made.refresh_from_db()
        assert (made.title, made.body, made.version) == ("新标题", body, 2)

    def test_only_the_newest_proposal_is_published(self, cast: Cast, two: tuple[Any, Any]) -> None:
        made = article(cast, two[0])
        edit_article(two[0], article_id=made.pk, wording=Wording("二", "二"), placing=Placing())
        with pytest.raises(ArticleNotReady):
            publish_article(two[1], article_id=made.pk, number=1)
        publish_article(two[1], article_id=made.pk, number=2)
        with pytest.raises(ArticleNotReady):
            publish_article(two[1], article_id=made.pk, number=2)

    @pytest.mark.parametrize(
        ("field", "wording", "placing"),
        [
            ("title", Wording("", "正文"), Placing()),
            ("title", Wording("题" * 121, "正文"), Placing()),
            ("body", Wording("标题", " "), Placing()),
            ("body", Wording("标题", "文" * 8001), Placing()),
            ("note", Wording("标题", "正文", "注" * 201), Placing()),
            ("class_code", Wording("标题", "正文"), Placing("no.such")),
            ("valid_to", Wording("标题", "正文"), Placing(valid_to=date(2000, 1, 1))),
        ],
    )
    def test_malformed_input_names_its_field(
        self, cast: Cast, two: tuple[Any, Any], field: str, wording: Wording, placing: Placing
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            create_article(two[0], unit=cast.center, wording=wording, placing=placing)
        assert refused.value.field == field

    def test_retired_means_gone_for_readers(self, cast: Cast, two: tuple[Any, Any]) -> None:
        made = article(cast, *two)
        with pytest.raises(InvalidInput):
            retire_article(two[0], article_id=made.pk, reason=" ")
        retire_article(two[0], article_id=made.pk, reason="政策已变")
        assert found(cast) == []
        with pytest.raises(ArticleNotReady):
            retire_article(two[0], article_id=made.pk, reason="政策已变")
        with pytest.raises(ArticleNotReady):
            edit_article(two[0], article_id=made.pk, wording=Wording("a", "b"), placing=Placing())

    def test_wrong_role_and_other_city(self, cast: Cast, two: tuple[Any, Any]) -> None:
        made = article(cast, two[0])
        ROLES.setdefault("knowledge", [])
        stranger = neighbour(cast)
        theirs = stranger.appointments.get().post.organization
        editor = _person("far", "远方", "knowledge", theirs)
        with pytest.raises(NotAllowed):
            article(cast, cast.acceptor)
        with pytest.raises(NotAllowed):
            publish_article(cast.acceptor, article_id=made.pk, number=1)
        for deed in (
            lambda: publish_article(editor, article_id=made.pk, number=1),
            lambda: retire_article(editor, article_id=made.pk, reason="x"),
            lambda: knowledge.get_article(editor, made.pk),
        ):
            with pytest.raises(NotFound):
                deed()


class TestFinding:
    def test_words_beat_the_class_and_strangers_stay_out(
        self, cast: Cast, two: tuple[Any, Any]
    ) -> None:
        article(cast, *two)
        article(
            cast,
            two[1],
            two[0],
            title="供热开栓时间",
            body="每年十一月。",
            class_code="utility.heat",
        )
        assert found(cast) == ["井盖损坏如何报修"]
        assert found(cast, "家里不热", class_code="utility.heat") == ["供热开栓时间"]
        theirs = neighbour(cast).appointments.get().post.organization.tenant
        assert knowledge.find_articles(tenant=theirs, text=TEXT) == []

    def test_expired_articles_are_not_offered(self, cast: Cast, two: tuple[Any, Any]) -> None:
        made = article(cast, *two)
        made.valid_to = clock.today() - timedelta(days=1)
        made.valid_from = clock.today() - timedelta(days=9)
        made.search = None
        made.save(update_fields=["valid_to", "valid_from"])
        assert found(cast) == []

    def test_feedback_counts_once_per_reader(self, cast: Cast, two: tuple[Any, Any]) -> None:
        made = article(cast, *two)
        assert give_feedback(article_id=made.pk, reader_key="user:1", useful=True)
        assert not give_feedback(article_id=made.pk, reader_key="user:1", useful=False)
        assert give_feedback(article_id=made.pk, reader_key="user:2", useful=False)
        made.refresh_from_db()
        assert (made.useful_count, made.useless_count) == (1, 1)

    def test_feedback_on_a_draft_is_refused(self, cast: Cast, two: tuple[Any, Any]) -> None:
        with pytest.raises(NotFound):
            give_feedback(article_id=article(cast, two[0]).pk, reader_key="x", useful=True)


class TestPages:
    def test_written_approved_read_and_judged(
        self, client: Client, cast: Cast, two: tuple[Any, Any]
    ) -> None:
        client.force_login(two[0])
        assert client.get(reverse("hotline:knowledge-new")).status_code == 200
        form = {"title": "路灯报修", "body": "请报灯杆编号。", "class_code": "road.lamp"}
        page = client.post(reverse("hotline:knowledge-new"), form, follow=True)
        assert "须由另一人审核" in page.content.decode()
        url = page.request["PATH_INFO"]

        client.force_login(two[1])
        assert "审核通过并发布" in client.get(url).content.decode()
        client.post(f"{url}publish/", {"number": 1})

        client.force_login(cast.acceptor)
        listed = client.get(reverse("hotline:knowledge-list"), {"q": "灯杆"}).content.decode()
        assert "路灯报修" in listed
        client.post(f"{url}feedback/", {"useful": "yes"})
        assert "您已评价过此条目" in client.get(url).content.decode()

    def test_what_was_refused_is_kept(
        self, client: Client, cast: Cast, two: tuple[Any, Any]
    ) -> None:
        client.force_login(two[0])
        form = {"title": "", "body": "写了很久的正文"}
        page = client.post(reverse("hotline:knowledge-new"), form)
        assert page.status_code == 422
        assert "写了很久的正文" in page.content.decode()

    def test_readers_see_no_drafts_and_write_none(
        self, client: Client, cast: Cast, two: tuple[Any, Any]
    ) -> None:
        made = article(cast, two[0])
        client.force_login(cast.acceptor)
        assert client.get(reverse("hotline:knowledge-detail", args=[made.pk])).status_code == 404
        assert client.get(reverse("hotline:knowledge-new")).status_code == 403
        listed = client.get(reverse("hotline:knowledge-list")).content.decode()
        assert made.title not in listed

    def test_one_character_is_explained(self, client: Client, cast: Cast) -> None:
        client.force_login(cast.acceptor)
        page = client.get(reverse("hotline:knowledge-list"), {"q": "灯"})
        assert "两个字" in page.content.decode()

    def test_a_stale_approval_is_explained(
        self, client: Client, cast: Cast, two: tuple[Any, Any]
    ) -> None:
        made = article(cast, *two)
        client.force_login(two[1])
        url = reverse("hotline:knowledge-publish", args=[made.pk])
        assert client.post(url, {"number": 1}).status_code == 409

    def test_retiring_by_page(self, client: Client, cast: Cast, two: tuple[Any, Any]) -> None:
        made = article(cast, *two)
        client.force_login(two[0])
        url = reverse("hotline:knowledge-retire", args=[made.pk])
        assert client.post(url, {"reason": ""}).status_code == 400
        client.post(url, {"reason": "重复"})
        made.refresh_from_db()
        assert made.state == ArticleState.RETIRED
        pending = client.get(reverse("hotline:knowledge-list"), {"state": "pending"})
        assert "没有找到" in pending.content.decode()
