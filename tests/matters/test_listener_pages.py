"""The pages of listeners as each role meets them (RU-03, MT-07, MT-11)."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant, User
from apps.matters import services
from apps.matters.enums import DeliveryState, EffectKind, ListenerState
from apps.matters.models import Listener, ListenerDelivery
from tests.cast import Cast
from tests.matters import ears, joint
from tests.matters import factories as make

pytestmark = pytest.mark.django_db

HOME = "/cases/listeners/"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def deed(user: User, listener: Listener, what: str, **data: str) -> str:
    answer = as_(user).post(f"{HOME}{listener.pk}/{what}/", data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def foreign(cast: Cast) -> Listener:
    """A listener of the neighbour's."""
    tenant = Tenant.objects.create(code="other", name="邻市", area=cast.city)
    return Listener.objects.create(
        name="邻市的", effect="notify", tenant=tenant, author=cast.author, effect_data=ears.NOTIFY
    )


# --- List ----------------------------------------------------------------------------


def test_the_list_tells_each_listener_as_a_sentence_with_its_counts(cast: Cast) -> None:
    ears.active(cast, condition={"fact": "channel", "op": "in", "values": ["phone"]})
    make.registered(cast)
    joint.drain()
    page = as_(cast.author).get(HOME).content.decode()
    assert "当“民生诉求”的案件发生“登记”，且来源渠道是“电话”时，通知有“督办”权限的人员" in page
    assert "&amp;state=done" in page


def test_an_empty_list_explains_itself_and_offers_the_first_step(cast: Cast) -> None:
    assert "还没有监听" in as_(cast.publisher).get(HOME).content.decode()
    assert "新建监听" in as_(cast.author).get(HOME).content.decode()
    assert "新建监听" not in as_(cast.publisher).get(HOME).content.decode()


def test_search_and_state_narrow_the_list(cast: Cast) -> None:
    ears.written(cast, name="防汛联动")
    ears.active(cast, name="井盖提醒")
    assert "防汛联动" not in as_(cast.author).get(f"{HOME}?state=active").content.decode()
    assert "井盖提醒" not in as_(cast.author).get(f"{HOME}?q=防汛").content.decode()
    assert as_(cast.author).get(f"{HOME}?page=x&state=nonsense").status_code == 200


def test_a_longer_list_asks_the_database_no_more_often(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    client = as_(cast.author)
    for number in range(20):
        ears.written(cast, name=f"监听{number}")
    client.get(HOME)
    with django_assert_max_num_queries(40):
        client.get(HOME)


@pytest.mark.parametrize("path", ["", "new/", "graph/", "deliveries/"])
def test_who_has_nothing_to_do_with_listeners_is_refused(cast: Cast, path: str) -> None:
    assert as_(cast.handler).get(f"{HOME}{path}").status_code == 403
    assert Client().get(f"{HOME}{path}").status_code == 302


def test_the_neighbours_listener_is_not_found(cast: Cast) -> None:
    theirs = foreign(cast)
    assert "邻市的" not in as_(cast.author).get(HOME).content.decode()
    assert "邻市的" not in as_(cast.author).get(f"{HOME}graph/").content.decode()
    for path in (f"{theirs.pk}/", f"{theirs.pk}/edit/", f"deliveries/?listener={theirs.pk}"):
        assert as_(cast.author).get(f"{HOME}{path}").status_code == 404
    assert as_(cast.author).post(f"{HOME}{theirs.pk}/submit/").status_code == 404


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ({"states": ["hotline.demand:accepted"]}, "当案件进入“民生诉求·待分派”状态时"),
        ({"categories": ["ended"]}, "当任何事项的案件转入“已结束”类状态时"),
        (
            {
                "matters": ["hotline.demand"],
                "actions": ["sign", "accept"],
                "categories": ["running"],
            },
            "当“民生诉求”的案件发生“受理”或“签收”并转入“办理中”类状态时",
        ),
        ({"actions": []}, "当“民生诉求”的案件发生“登记”时"),
    ],
)
def test_each_pattern_reads_as_people_say_it(
    cast: Cast, pattern: dict[str, list[str]], sentence: str
) -> None:
    listener = ears.written(cast, **(pattern if any(pattern.values()) else {}))
    assert sentence in as_(cast.author).get(f"{HOME}{listener.pk}/").content.decode()


# --- Deeds ---------------------------------------------------------------------------


def test_a_listener_goes_round_by_its_page(cast: Cast) -> None:
    listener = ears.written(cast)
    assert "等待另一人复核" in deed(cast.author, listener, "submit")
    assert "复核通过并启用" not in as_(cast.author).get(f"{HOME}{listener.pk}/").content.decode()
    assert "请填写退回理由" in deed(cast.publisher, listener, "send-back")
    assert "范围太宽" in deed(cast.publisher, listener, "send-back", note="范围太宽")
    deed(cast.author, listener, "submit")
    assert "编写人不能复核" in deed(cast.author, listener, "approve")
    assert "已启用" in deed(cast.publisher, listener, "approve")
    assert "不在待复核状态" in deed(cast.publisher, listener, "approve")
    assert "已停用" in deed(cast.author, listener, "pause")
    assert "已恢复启用" in deed(cast.publisher, listener, "resume")
    listener.refresh_from_db()
    assert listener.state == ListenerState.ACTIVE


def test_a_draft_is_discarded_from_its_page(cast: Cast) -> None:
    listener = ears.written(cast)
    assert "没有编写这个监听的权限" in deed(cast.publisher, listener, "discard")
    assert "草稿已删除" in deed(cast.author, listener, "discard")
    assert not Listener.objects.exists()
    assert as_(cast.author).post(f"{HOME}{listener.pk}/discard/").status_code == 404


def test_unknown_deeds_and_plain_visits_change_nothing(cast: Cast) -> None:
    listener = ears.written(cast)
    assert as_(cast.author).post(f"{HOME}{listener.pk}/explode/").status_code == 404
    assert as_(cast.author).get(f"{HOME}{listener.pk}/submit/").status_code == 405


def test_before_approval_the_page_shows_what_it_would_have_done(cast: Cast) -> None:
    case = make.registered(cast)
    listener = ears.written(cast)
    services.submit_listener(cast.author, listener_id=listener.pk)
    page = as_(cast.publisher).get(f"{HOME}{listener.pk}/").content.decode()
    assert "对最近 1 个事件试跑：会触发 1 次" in page
    assert "不在您的查看范围内" in page
    assert "<svg" in page
    page = as_(cast.supervisor).get(f"{HOME}{listener.pk}/").content.decode()
    assert f"/cases/{case.pk}/" in page
    assert not ListenerDelivery.objects.exists()


def test_a_refused_cycle_is_named_with_what_to_change(cast: Cast) -> None:
    joint.publish(joint.PART, joint.PART_BODY)
    listener = ears.written(
        cast,
        effect=EffectKind.OPEN,
        effect_data=ears.opens(joint.PART),
        matters=[joint.PART],
        name="自己叫自己",
    )
    page = deed(cast.author, listener, "submit")
    assert "启用后会循环触发：“自己叫自己”→“自己叫自己”" in page
    assert "缩小其中一个的监听范围" in page


# --- Deliveries ----------------------------------------------------------------------


def failed(cast: Cast) -> ListenerDelivery:
    effect = ears.acts("parent", "archive")
    ears.active(cast, effect=EffectKind.ACT, effect_data=effect)
    make.registered(cast)
    joint.drain()
    return ListenerDelivery.objects.get()


def replay(user: User, *keys: Any, **data: str) -> str:
    answer = as_(user).post(f"{HOME}deliveries/replay/", {"deliveries": keys, **data}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_deliveries_say_why_they_failed_and_are_replayed(cast: Cast) -> None:
    delivery = failed(cast)
    page = as_(cast.author).get(f"{HOME}deliveries/?state=failed").content.decode()
    assert "没有可由系统执行该操作的关联案件" in page
    assert (
        "没有符合条件的投递"
        in as_(cast.author).get(f"{HOME}deliveries/?state=done").content.decode()
    )
    assert "已安排重放1次投递" in replay(cast.author, delivery.pk, query="state=failed")
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.WAITING
    assert "只有失败或被拦截的投递可以重放" in replay(cast.author, delivery.pk)


def test_a_supervisor_reads_deliveries_and_may_not_replay_them(cast: Cast) -> None:
    delivery = failed(cast)
    page = as_(cast.supervisor).get(f"{HOME}deliveries/").content.decode()
    assert delivery.case.title in page
    assert f"one-{delivery.pk}" not in page
    assert "没有重放这次投递的权限" in replay(cast.supervisor, delivery.pk)


@pytest.mark.parametrize("keys", [[], ["x"], ["9" * 40], [str(n) for n in range(1, 300)]])
def test_rubbish_replays_are_refused_calmly(cast: Cast, keys: list[str]) -> None:
    assert "请选择1至200次投递" in replay(cast.author, *keys)


def test_a_citywide_listener_is_replayed_by_each_tenant_for_itself(cast: Cast) -> None:
    delivery = failed(cast)
    Listener.objects.update(tenant=None)
    other = Tenant.objects.create(code="other", name="邻市", area=cast.city)
    type(delivery.case).objects.filter(pk=delivery.case_id).update(tenant=other)
    assert "没有可以重放的投递" in replay(cast.author, delivery.pk)
    assert "没有编写这个监听的权限" in deed(cast.author, delivery.listener, "submit")


# --- Graph ---------------------------------------------------------------------------


def test_the_graph_draws_and_lists_what_sets_off_what(cast: Cast) -> None:
    joint.publish(joint.PART, joint.PART_BODY)
    ears.active(cast, name="开协办", effect=EffectKind.OPEN, effect_data=ears.opens(joint.PART))
    back = {"effect": EffectKind.OPEN, "effect_data": ears.opens("hotline.demand")}
    ears.written(cast, name="开诉求", matters=[joint.PART], **back)
    page = as_(cast.publisher).get(f"{HOME}graph/").content.decode()
    assert "循环触发：" in page
    assert "drawing-alarm" in page
    assert page.count("<td>可能触发") == 2


def test_the_graph_of_nothing_explains_itself(cast: Cast) -> None:
    assert "还没有可画的监听" in as_(cast.author).get(f"{HOME}graph/").content.decode()
