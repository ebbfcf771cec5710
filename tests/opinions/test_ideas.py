"""The idea board: moderated, voted once, brought before a unit, adopted as a case (PT-11)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.matters.models import Case
from apps.notices.models import Notice
from apps.opinions import selectors, services
from apps.opinions.enums import IdeaState
from apps.opinions.errors import AlreadyDone, PaperMoved, PhoneWanted
from apps.opinions.models import Idea, IdeaVote
from tests.cast import Cast
from tests.hotline.citizen.conftest import send
from tests.matters import factories as matters
from tests.opinions.conftest import confirmed, filled, idea, person, web

pytestmark = pytest.mark.django_db
URL = "/opinions/ideas/"


def support(town: Cast, row: Idea, phone: str) -> Idea:
    return services.vote(
        tenant=town.tenant, idea_id=row.pk, person=person(town, phone), address="10.0.0.5"
    )


def test_from_a_phone_to_a_case_that_knows_its_idea(town: Cast, client: Client) -> None:
    assert client.get("/citizen/ideas/new/").status_code == 302
    confirmed(client, "13900001111")
    form = filled(title="路口遮阳棚", text="建议在学校路口增设遮阳棚，联系13900001111")
    assert client.post("/citizen/ideas/new/", form).status_code == 302
    assert client.post("/citizen/ideas/new/", form).status_code == 302
    row = Idea.objects.get()
    public = f"/citizen/ideas/{row.pk}/"
    assert "待审核" in client.get(public).content.decode()
    assert Client().get(public).status_code == 404
    assert row.title not in Client().get("/citizen/ideas/").content.decode()
    keeper = web(town.moderator)
    assert keeper.post(f"{URL}{row.pk}/refuse/", {"note": ""}).status_code == 422
    keeper.post(f"{URL}{row.pk}/admit/", {"unit": town.east_works.pk})
    shown = Client().get(public).content.decode()
    assert "路口遮阳棚" in shown
    assert "13900001111" not in shown
    own = client.post(f"{public}vote/", follow=True).content.decode()
    assert "不能支持自己" in own
    visitor = Client()
    asked = visitor.post(f"{public}vote/")
    assert asked.headers["Location"].startswith("/citizen/phone/?next=")
    confirmed(visitor, "13900002222", back=public)
    visitor.post(f"{public}vote/")
    again = visitor.post(f"{public}vote/", follow=True).content.decode()
    assert "已经支持过" in again
    reporter = Client()
    send(reporter, reporter_phone="13900003333")
    reporter.post(f"{public}vote/")
    row.refresh_from_db()
    assert (row.votes, row.state) == (2, IdeaState.RIPE)
    assert Notice.objects.filter(recipient=town.publisher_east, kind="idea").count() == 1
    with pytest.raises(NotFound):
        services.adopt_idea(town.publisher_west, idea_id=row.pk, answer="采纳")
    with pytest.raises(NotAllowed):
        services.adopt_idea(town.moderator, idea_id=row.pk, answer="采纳")
    head = web(town.publisher_east)
    assert head.post(f"{URL}{row.pk}/adopt/", {"answer": " "}).status_code == 422
    adopted = head.post(f"{URL}{row.pk}/adopt/", {"answer": "年内建成"})
    assert adopted.status_code == 302, adopted.context["errors"].errors
    with pytest.raises(PaperMoved):
        services.decline_idea(town.publisher_east, idea_id=row.pk, answer="不采纳")
    row.refresh_from_db()
    case = row.case
    assert case is not None
    assert (case.matter_type.code, case.unit, case.state) == (
        "opinions.idea", town.east_works, "given",
    )  # fmt: skip
    assert f"{URL}{row.pk}/" in head.get(f"/cases/{case.pk}/").content.decode()
    assert case.number in head.get(f"{URL}{row.pk}/").content.decode()
    assert "年内建成" in Client().get(public).content.decode()
    matters.act(town.publisher_east, case, "sign", {})
    assert "落实中" in Client().get(public).content.decode()
    deeds = AuditEntry.objects.filter(object_type="opinions.idea").order_by("pk")
    assert [entry.action for entry in deeds] == ["idea.admitted", "idea.ripened", "idea.adopted"]
    assert all({"before", "after"} <= set(entry.data) for entry in deeds)


def test_refusals_reach_the_author_and_nobody_else(town: Cast) -> None:
    row = idea(town, shown=False)
    with pytest.raises(PhoneWanted):
        idea(town, 2, shown=False, person=None)
    with pytest.raises(InvalidInput) as refused:
        idea(town, 2, shown=False, text="短")
    assert refused.value.field == "text"
    with pytest.raises(NotFound):
        support(town, row, "13911110000")
    services.refuse_idea(town.moderator, idea_id=row.pk, note="与职责无关")
    author = selectors.get_public_idea(town.tenant, row.pk, key=row.person)
    assert author.note == "与职责无关"
    with pytest.raises(NotFound):
        selectors.get_public_idea(town.tenant, row.pk)
    with pytest.raises(PaperMoved):
        services.admit_idea(town.moderator, idea_id=row.pk, unit=town.east_works)
    assert web(town.handler).get(URL).status_code == 403
    assert web(town.publisher_west).get(f"{URL}{row.pk}/").status_code == 404


def test_declined_with_reasons_and_no_more_votes(town: Cast) -> None:
    row = idea(town)
    support(town, row, "13911110001")
    with pytest.raises(AlreadyDone):
        support(town, row, "13911110001")
    support(town, row, "13911110002")
    with pytest.raises(Refused):
        support(town, row, "13911110003")
    services.decline_idea(town.publisher_east, idea_id=row.pk, answer="该路口空间不足")
    assert not Case.objects.exists()
    page = web(town.publisher_east).get(f"{URL}?state=declined&text=遮阳")
    assert [found.pk for found in page.context["rows"]] == [row.pk]
    assert web(town.moderator).get(f"{URL}export/").status_code == 200


def test_like_ideas_are_offered_while_typing(town: Cast, client: Client) -> None:
    row = idea(town)
    idea(town, 2, title="图书馆延长开放", text="希望市图书馆周末晚上开放到九点半。")
    asked = {"title": "学校路口遮阳", "text": "等红灯太阳晒，增设遮阳棚"}
    found = client.get("/citizen/ideas/similar/", asked)
    assert [one.pk for one in found.context["found"]] == [row.pk]
    assert client.get("/citizen/ideas/similar/", {"title": "路"}).context["found"] == []
    listed = client.get("/citizen/ideas/?words=图书馆").context["rows"]
    assert [one.title for one in listed] == ["图书馆延长开放"]


@pytest.mark.django_db(transaction=True)
def test_votes_at_once_from_two_tabs_count_one(town: Cast) -> None:
    row = idea(town)

    def tab(_number: int) -> str:
        try:
            support(town, row, "13911110001")
        except AlreadyDone:
            return "refused"
        finally:
            connection.close()
        return "counted"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(tab, range(2)))
    assert outcomes == ["counted", "refused"]
    row.refresh_from_db()
    assert (row.votes, IdeaVote.objects.count(), row.state) == (1, 1, IdeaState.SHOWN)
