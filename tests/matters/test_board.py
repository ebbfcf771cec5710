"""The supervision board: what it counts, for whom, and that its numbers open their cases."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.common import clock
from apps.common.errors import NotFound
from apps.matters import selectors
from apps.matters.bands import BANDS, in_band
from apps.matters.models import Case, Order
from apps.matters.selectors.board import read_board
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


def due_in(case: Case, **ahead: float) -> Case:
    Case.objects.filter(pk=case.pk).update(due_at=clock.now() + timedelta(**ahead))
    return case


def queue_numbers(client: Client, query: str) -> set[str]:
    page = client.get(f"{reverse('matters:queue', args=['oversight'])}?{query}")
    return {row["case"].number for row in page.context["rows"]}


def test_every_moment_lies_in_exactly_one_band(cast: Cast) -> None:
    case, now = make.handling(cast), clock.now()
    for hours in (-200, -72, -1, 0, 3.9, 4, 23, 24, 71, 72, 1000):
        Case.objects.filter(pk=case.pk).update(due_at=now + timedelta(hours=hours))
        hits = [b.code for b in BANDS if Case.objects.filter(b.condition(now)).exists()]
        assert len(hits) == 1, hours


def test_the_board_counts_by_band_unit_area_and_matter(cast: Cast) -> None:
    due_in(make.handling(cast), days=-4)
    due_in(make.handling(cast), hours=2)
    make.closed(cast)
    board = read_board(cast.supervisor)
    assert (board.total, board.late, board.soon) == (2, 1, 1)
    assert {band.code: n for band, n in board.bands if n} == {"over3": 1, "h4": 1}
    assert [(u.label, u.open, u.late, u.soon) for u in board.units] == [("东区城市管理局", 2, 1, 1)]
    assert [(a.label, a.open) for a in board.areas] == [("东区", 2)]
    assert board.matters[0].open == 2
    assert dict(board.matters[0].stages)["running"] == 2


def test_each_number_opens_its_cases(cast: Cast, client: Client) -> None:
    late, soon = due_in(make.handling(cast), days=-4), due_in(make.handling(cast), hours=2)
    client.force_login(cast.supervisor)
    assert queue_numbers(client, "tab=open&band=late") == {late.number}
    assert queue_numbers(client, "tab=open&band=soon") == {soon.number}
    matter, unit, area = late.matter_type.code, cast.east_works.pk, cast.east.pk
    query = f"tab=open&band=over3&matter={matter}&unit={unit}&area={area}&category=running"
    assert queue_numbers(client, query) == {late.number}


def test_orders_are_open_then_late_then_answered(cast: Cast, client: Client) -> None:
    case = make.handling(cast)
    case = make.act(cast.supervisor, case, "supervise", {"text": "请今日反馈"})
    assert read_board(cast.supervisor).orders.open == 1
    (order,) = case.orders.all()
    for late, moment in ((0, order.due_at), (1, order.due_at + timedelta(minutes=1))):
        with clock.at(moment):
            orders = read_board(cast.supervisor).orders
        assert (orders.open, orders.late, orders.answered) == (1, late, 0)
    make.act(cast.handler, case, "reply_order", {"reply": "今日完成"})
    orders = read_board(cast.supervisor).orders
    assert (orders.open, orders.late, orders.answered) == (0, 0, 1)
    client.force_login(cast.supervisor)
    assert queue_numbers(client, "tab=open&orders=answered") == {case.number}
    assert queue_numbers(client, "tab=open&orders=open") == set()


def test_an_order_is_late_by_its_own_clock(cast: Cast, client: Client) -> None:
    """Two hours for one, two days for the other; a day later only the first is late."""
    quick, slow = make.handling(cast), make.handling(cast)
    make.act(cast.supervisor, quick, "supervise", {"text": "两小时内回复", "reply_hours": 2})
    make.act(cast.supervisor, slow, "supervise", {"text": "两日内回复", "reply_hours": 48})
    client.force_login(cast.supervisor)
    with clock.at(clock.now() + timedelta(hours=3)):
        assert read_board(cast.supervisor).orders.late == 1
        assert queue_numbers(client, "tab=open&orders=late") == {quick.number}


def test_a_neighbour_sees_only_the_own_district(cast: Cast) -> None:
    make.handling(cast)
    assert read_board(cast.dispatcher_west).total == 0
    assert read_board(cast.dispatcher).total == 1


def test_handlers_and_strangers_have_no_board(cast: Cast, client: Client) -> None:
    for person in (cast.handler, cast.outsider):
        with pytest.raises(NotFound):
            selectors.read_board(person)
    client.force_login(cast.handler)
    assert client.get(reverse("matters:board")).status_code == 404


def test_the_page_and_the_wall_show_the_same_numbers(cast: Cast, client: Client) -> None:
    case = due_in(make.handling(cast), days=-4)
    client.force_login(cast.supervisor)
    for address in ("", "?wall=1"):
        page = client.get(reverse("matters:board") + address).content.decode()
        assert case.number in page
        assert "band=over3" in page


def test_chosen_cases_are_supervised_from_the_board(cast: Cast, client: Client) -> None:
    case = due_in(make.handling(cast), days=-4)
    client.force_login(cast.supervisor)
    posted = {"cases": [case.pk], "action": "supervise", "text": "立即办理"}
    answer = client.post(reverse("matters:board-bulk"), posted)
    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("matters:board")
    assert Order.objects.get(case=case).kind == "supervise"


def test_a_leader_may_look_but_not_order(cast: Cast, client: Client) -> None:
    case = due_in(make.handling(cast), days=-4)
    client.force_login(cast.dispatcher)
    page = client.get(reverse("matters:board")).content.decode()
    assert "批量督办" not in page
    posted = {"cases": [case.pk], "action": "supervise", "text": "立即办理"}
    client.post(reverse("matters:board-bulk"), posted)
    assert not Order.objects.exists()


def test_queries_do_not_grow_with_cases(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _number in range(4):
        due_in(make.handling(cast), days=-4)
    with django_assert_max_num_queries(22):
        read_board(cast.supervisor)


def test_nonsense_in_a_filter_narrows_nothing(cast: Cast, client: Client) -> None:
    make.handling(cast)
    client.force_login(cast.supervisor)
    assert len(queue_numbers(client, "tab=open&band=nonsense&returned=99")) == 1
    assert not Case.objects.filter(in_band("nonsense", clock.now())).exists()
