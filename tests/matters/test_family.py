"""The case graph: who belongs to whom, as far as the viewer may see (MT-08)."""

import pytest
from django.test import Client

from apps.matters.enums import LinkKind
from apps.matters.selectors import family_of, roll_up, strip_of
from apps.matters.services import link_cases
from tests.cast import Cast
from tests.matters import factories as make
from tests.matters import joint

pytestmark = pytest.mark.django_db


def test_parents_stand_left_of_their_parts(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {})
    found = joint.split(cast, case)
    child = joint.part(found, 1).case
    assert child is not None
    family = family_of(cast.dispatcher, child)
    columns = {relative.case.pk: relative.column for relative in family.relatives}
    assert columns[child.pk] == 0
    assert columns[case.pk] == -1
    assert len(columns) == 3


def test_what_one_may_not_see_is_counted_and_not_told(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {"unit": "west-cgj", "title": "别区的事"})
    child = joint.part(joint.split(cast, case), 1).case
    assert child is not None
    family = family_of(cast.handler, child)
    assert [relative.case.pk for relative in family.relatives] == [child.pk]
    assert family.hidden == 1  # the parent; the other part lies behind it
    client = Client()
    client.force_login(cast.handler)
    page = client.get(f"/cases/{child.pk}/graph/").content.decode()
    assert "别区的事" not in page
    assert case.title not in page
    assert "另有1件" in page


def test_the_page_draws_and_lists_every_kind_of_link(cast: Cast) -> None:
    case = joint.parent_case(cast, {"title": "抽排积水"})
    joint.split(cast, case)
    other = make.registered(cast, title="同一路口的井盖")
    link_cases(cast.dispatcher, source_id=case.pk, target_id=other.pk, kind=LinkKind.RELATED)
    client = Client()
    client.force_login(cast.dispatcher)
    page = client.get(f"/cases/{case.pk}/graph/").content.decode()
    assert "<svg" in page
    for words in ("抽排积水", "同一路口的井盖", "东区城市管理局", "0/1 已完成"):
        assert words in page


def test_a_stranger_sees_no_graph(cast: Cast) -> None:
    case = make.registered(cast)
    client = Client()
    client.force_login(cast.outsider)
    assert client.get(f"/cases/{case.pk}/graph/").status_code == 404


def test_the_case_page_tells_parent_and_parts(cast: Cast) -> None:
    case = joint.parent_case(cast, {"title": "抽排积水"}, {})
    child = joint.part(joint.split(cast, case), 1).case
    assert child is not None
    client = Client()
    client.force_login(cast.dispatcher)
    assert "抽排积水" in client.get(f"/cases/{case.pk}/").content.decode()
    assert "本件是第1项" in client.get(f"/cases/{child.pk}/").content.decode()


def test_the_roll_up_tells_state_unit_and_time_left_of_each_part(cast: Cast) -> None:
    case = joint.parent_case(cast, {"title": "抽排积水"}, {"title": "清淤"}, {"order": 2})
    found = joint.split(cast, case)
    joint.end(cast, joint.part(found, 1))
    joint.drain()
    [rolled] = roll_up(case)
    assert (rolled.done, rolled.ended, rolled.total) == (1, 1, 3)
    assert sorted(rolled.labels.values()) == ["已办成", "待签收"]
    client = Client()
    client.force_login(cast.dispatcher)
    for address in (f"/cases/{case.pk}/", f"/cases/{case.pk}/graph/"):
        page = client.get(address).content.decode()
        start = page.index("roll-up-parts")
        strip = page[start : page.index("</ol>", start)]
        for words in ("1/3 已完成", "已办成", "待签收", "剩 1 天", "东区城市管理局", "待开启"):
            assert words in page
        assert strip.count("剩 ") == 1


def test_a_plain_case_asks_nothing_for_its_strip(
    cast: Cast, django_assert_num_queries: object
) -> None:
    case = make.registered(cast)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert not strip_of(cast.dispatcher, case)
