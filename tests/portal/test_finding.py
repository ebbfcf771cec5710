"""The search box: every kind by a part of its name, within what the viewer may see (TX-04)."""

import pytest
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse

from apps.accounts.models import User
from apps.common.errors import InvalidInput
from apps.portal import finding
from apps.portal.menu import find_pages
from tests.cast import Cast
from tests.hotline.factories import article, editors
from tests.matters import factories as make
from tests.portal.test_pages import signed_in
from tests.registry import factories as registry
from tests.sensing import factories as sensing

pytestmark = pytest.mark.django_db
SEARCH = reverse("portal:search")
COUNT = reverse("portal:search-count")


def titles(viewer: User, code: str, text: str) -> list[str]:
    """What a kind finds, as the page writes it."""
    _kinds, kind = finding.kinds_for(viewer, code)
    assert kind.code == code
    assert kind.hit is not None
    return [kind.hit(row).title for row in finding.find(viewer, kind, text)]


@pytest.fixture
def town(cast: Cast) -> Cast:
    return registry.lay_on(cast)


def test_kinds_are_offered_by_right(cast: Cast) -> None:
    kinds, wanted = finding.kinds_for(cast.outsider, finding.CASES)
    assert [kind.code for kind in kinds] == ["article", "place", "service", "dataset"]
    assert wanted.code == "article"
    _kinds, wanted = finding.kinds_for(cast.dispatcher)
    assert wanted.code == finding.CASES


def test_knowledge_is_found_by_two_characters_of_its_title(cast: Cast) -> None:
    article(cast, *editors(cast))
    assert titles(cast.dispatcher, "article", "井盖") == ["井盖损坏如何报修"]
    assert titles(cast.dispatcher, "article", "盖井") == []


def test_a_draft_is_found_by_who_writes_only(cast: Cast) -> None:
    writer, _approver = editors(cast)
    article(cast, writer)
    assert titles(writer, "article", "井盖") == ["井盖损坏如何报修"]
    assert titles(cast.dispatcher, "article", "井盖") == []


def test_files_of_things_are_found_and_persons_never(town: Cast) -> None:
    registry.person(town)
    registry.house(town)
    found = titles(town.people["reader"], "file", "一号路1号")
    assert found == ["一号路1号 1号楼 101室"]
    for text in ("张试001", registry.id_number(1), "13800000001"):
        assert titles(town.people["reader"], "file", text) == []


def test_a_neighbours_files_and_devices_are_not_found(town: Cast) -> None:
    registry.house(town)
    sensing.device("AQ-1")
    assert titles(town.people["registrar_west"], "file", "一号路") == []
    east = sensing.person("east", "device_reader", town.east_works)
    west = sensing.person("west", "device_reader", town.west_works)
    assert titles(east, "device", "设备 AQ") == ["设备 AQ-1"]
    assert titles(west, "device", "设备 AQ") == []


def test_pages_are_found_by_their_name_and_right(cast: Cast) -> None:
    assert find_pages(cast.outsider, "知识") == [("知识库", reverse("hotline:knowledge-list"))]
    assert find_pages(cast.outsider, "派单队列") == []
    assert [label for label, _address in find_pages(cast.dispatcher, "派单")] == ["派单队列"]


def test_the_page_shows_the_kind_that_was_chosen(cast: Cast) -> None:
    article(cast, *editors(cast))
    found = signed_in(cast.dispatcher).get(SEARCH, {"q": "井盖", "kind": "article"})
    page = found.content.decode()
    assert "井盖损坏如何报修" in page
    assert 'kind=article" aria-current="page"' in page
    assert f"{COUNT}?q=%E4%BA%95%E7%9B%96&amp;kind=case" in page


def test_a_receipt_number_leads_to_its_case(cast: Cast) -> None:
    case = make.dispatched(cast)
    answer = signed_in(cast.dispatcher).get(SEARCH, {"q": case.number})
    assert answer["Location"] == reverse("matters:case-detail", args=[case.pk])


@pytest.mark.parametrize(
    ("asked", "status", "text"),
    [
        ({"q": "井盖", "kind": "article"}, 200, "1"),
        ({"q": "井盖", "kind": "camera"}, 200, "0"),
        ({"q": "", "kind": "article"}, 200, ""),
        ({"q": "井", "kind": "article"}, 400, "请至少输入两个字"),
    ],
)
def test_each_kind_tells_how_many(
    cast: Cast, asked: dict[str, str], status: int, text: str
) -> None:
    article(cast, *editors(cast))
    answer = signed_in(cast.dispatcher).get(COUNT, asked)
    assert (answer.status_code, answer.content.decode()) == (status, text)


def test_a_count_that_takes_long_is_given_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(viewer: User, text: str) -> QuerySet[User]:
        return User.objects.alias(slept=RawSQL("select pg_sleep(2)::text", ())).filter(slept="")

    monkeypatch.setattr(finding, "COUNTED_WITHIN", 0.05)
    kind = finding.Kind("slow", "slow", "search", (), slow, None)
    assert finding.count(cast.dispatcher, kind, "井盖") is None
    assert User.objects.filter(pk=cast.dispatcher.pk).exists()


@pytest.mark.parametrize("kind", finding.KINDS, ids=lambda kind: kind.code)
def test_one_character_is_too_little_for_every_kind(cast: Cast, kind: finding.Kind) -> None:
    with pytest.raises(InvalidInput):
        finding.find(cast.dispatcher, kind, "灯")
