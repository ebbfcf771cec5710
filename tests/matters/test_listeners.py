"""Writing a listener, having it approved, and what it does when it hears (RU-03, MT-07, MT-11)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.audit.models import AuditEntry
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import OutboxMessage
from apps.matters import selectors, services
from apps.matters.enums import DeliveryState, EffectKind, ListenerState
from apps.matters.models import Case, CaseLink, Listener, ListenerDelivery
from apps.matters.services.effects import apply_effect
from apps.notices.models import Notice
from tests.cast import Cast
from tests.matters import ears, joint
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


DEEP: dict[str, Any] = {"all": []}
for _level in range(7):
    DEEP = {"not": DEEP}

# --- Life of a listener --------------------------------------------------------------


def test_a_second_person_switches_a_listener_on(cast: Cast) -> None:
    draft = ears.written(cast)
    services.submit_listener(cast.author, listener_id=draft.pk)
    with pytest.raises(NotAllowed, match="编写人"):
        services.approve_listener(cast.author, listener_id=draft.pk)
    listener = services.approve_listener(cast.publisher, listener_id=draft.pk)
    assert listener.state == ListenerState.ACTIVE
    assert listener.approver == cast.publisher
    told = AuditEntry.objects.filter(object_type="listener").values_list("action", flat=True)
    assert set(told) == {"listener.created", "listener.submitted", "listener.approved"}


def test_the_database_keeps_author_and_approver_apart(cast: Cast) -> None:
    draft = ears.written(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Listener.objects.filter(pk=draft.pk).update(state="active", approver=cast.author)


@pytest.mark.parametrize("person", ["handler", "dispatcher", "publisher", "outsider"])
def test_only_who_may_edit_writes_listeners(cast: Cast, person: str) -> None:
    with pytest.raises(NotAllowed):
        services.create_listener(
            cast.people[person], name="越权", effect=EffectKind.NOTIFY, tenant=cast.tenant
        )


def test_a_listener_of_another_tenant_is_out_of_reach(cast: Cast) -> None:
    from apps.accounts.models import Tenant

    other = Tenant.objects.create(code="other", name="邻市", area=cast.city)
    with pytest.raises(NotAllowed):
        services.create_listener(cast.author, name="邻市的", effect=EffectKind.NOTIFY, tenant=other)
    theirs = Listener.objects.create(
        name="邻市的", effect="notify", tenant=other, author=cast.author
    )
    with pytest.raises(NotFound):
        selectors.get_listener(cast.author, listener_id=theirs.pk)
    assert not selectors.list_listeners(cast.author).filter(pk=theirs.pk).exists()


def test_what_is_changed_must_be_approved_anew(cast: Cast) -> None:
    listener = ears.active(cast)
    change: dict[str, Any] = {
        "name": "改过的",
        "purpose": "",
        "pattern": {"actions": ["accept"]},
        "condition": {},
        "effect": EffectKind.NOTIFY,
        "effect_data": ears.NOTIFY,
    }
    with pytest.raises(Refused, match="不能修改"):
        services.edit_listener(cast.author, listener_id=listener.pk, **change)
    services.pause_listener(cast.publisher, listener_id=listener.pk)
    edited = services.edit_listener(cast.author, listener_id=listener.pk, **change)
    assert (edited.state, edited.approver) == (ListenerState.DRAFT, None)
    with pytest.raises(Refused):
        services.resume_listener(cast.publisher, listener_id=listener.pk)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"matters": ["no.such"]}, "不在可选范围"),
        ({"states": ["hotline.demand:nowhere"]}, "不在可选范围"),
        ({"actions": "open"}, "格式不正确"),
        ({"condition": {"fact": "nothing", "op": "in", "values": ["x"]}}, "没有"),
        ({"condition": DEEP}, "嵌套"),
        ({"name": " "}, "名称"),
    ],
)
def test_rubbish_is_refused_with_a_sentence(cast: Cast, values: dict[str, Any], words: str) -> None:
    with pytest.raises((InvalidInput, DomainError), match=words):
        ears.written(cast, **values)


def test_what_is_not_filled_in_cannot_be_submitted(cast: Cast) -> None:
    draft = ears.written(cast, effect_data={"to": "permission", "title": "有"})
    with pytest.raises(Refused, match="通知对象"):
        services.submit_listener(cast.author, listener_id=draft.pk)


# --- Hearing -------------------------------------------------------------------------


def test_a_case_nobody_listens_to_costs_no_row_and_no_query(
    cast: Cast, django_assert_num_queries: Any, remember_from_now: Callable[[], None]
) -> None:
    from apps.matters.listening import who_hears

    case = make.registered(cast)
    event = case.events.get()
    assert not OutboxMessage.objects.filter(topic="matters.listen").exists()
    remember_from_now()
    who_hears(case, event)
    with django_assert_num_queries(0):
        assert who_hears(case, event) == []


def test_a_notice_goes_out_once_with_the_fields_of_the_case(cast: Cast) -> None:
    listener = ears.active(cast)
    make.registered(cast)
    joint.drain()
    delivery = ListenerDelivery.objects.get(listener=listener)
    assert (delivery.state, delivery.attempts, delivery.depth) == (DeliveryState.DONE, 1, 1)
    notice = Notice.objects.get(kind="listener")
    assert (notice.recipient, notice.title) == (cast.supervisor, "路口井盖松动")


@pytest.mark.parametrize(
    ("pattern", "fires"),
    [
        ({"matters": ["hotline.demand"], "categories": ["routing"]}, True),
        ({"states": ["hotline.demand:accepted"]}, True),
        ({"states": ["hotline.demand:closed"]}, False),
        ({"actions": ["accept", "sign"]}, True),
        ({"matters": ["joint.part"], "actions": ["accept"]}, False),
    ],
)
def test_only_events_that_fit_the_pattern_are_heard(
    cast: Cast, pattern: dict[str, list[str]], fires: bool
) -> None:
    joint.publish(joint.PART, joint.PART_BODY)
    case = make.registered(cast)
    ears.active(cast, **pattern)
    make.act(cast.acceptor, case, "accept", make.ACCEPT)
    joint.drain()
    assert ListenerDelivery.objects.exists() == fires


@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        ({"fact": "channel", "op": "in", "values": ["phone"]}, True),
        ({"not": {"fact": "channel", "op": "in", "values": ["phone"]}}, False),
        (
            {
                "any": [
                    {"fact": "priority", "op": "in", "values": ["urgent"]},
                    {"fact": "text", "op": "contains", "words": ["井盖"]},
                ]
            },
            True,
        ),
    ],
)
def test_the_condition_decides_and_says_why(
    cast: Cast, condition: dict[str, Any], fires: bool
) -> None:
    ears.active(cast, condition=condition)
    make.registered(cast)
    joint.drain()
    found = ListenerDelivery.objects.first()
    assert (found is not None) == fires
    if found is not None:
        assert found.reason


def test_facts_are_those_of_the_event_not_of_later(cast: Cast) -> None:
    ears.active(cast, condition={"fact": "category", "op": "in", "values": ["intake"]})
    case = make.registered(cast)
    make.act(cast.acceptor, case, "accept", make.ACCEPT)
    joint.drain()
    assert ListenerDelivery.objects.count() == 1


def test_a_new_case_is_opened_linked_and_mapped_once(cast: Cast) -> None:
    joint.publish(joint.PART, joint.PART_BODY)
    ears.active(cast, effect=EffectKind.OPEN, effect_data=ears.opens(joint.PART))
    case = make.registered(cast)
    joint.drain()
    opened = Case.objects.get(matter_type__code=joint.PART)
    assert opened.title == f"由{case.number}触发"
    assert opened.text == "来自：路口井盖松动"
    assert opened.point == case.point
    assert CaseLink.objects.filter(source=opened, target=case, kind="triggered_by").exists()
    # The worker's message a second time, and the same effect once more: nothing doubles.
    delivery = ListenerDelivery.objects.get()
    OutboxMessage.objects.filter(topic__startswith="matters.").update(processed_at=None)
    joint.drain()
    apply_effect(delivery)
    assert Case.objects.filter(matter_type__code=joint.PART).count() == 1


def test_the_system_acts_on_a_linked_case_where_its_matter_lets_it(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {}, close="cancel")
    found = joint.split(cast, case)
    ears.active(
        cast,
        matters=[joint.PART],
        states=[f"{joint.PART}:undone"],
        effect=EffectKind.ACT,
        effect_data=ears.acts("parent", "close", "子事项“{标题}”无法办理"),
    )
    joint.end(cast, joint.part(found, 1), "void")
    joint.drain()
    assert joint.state_of(case) == "closed"
    event = case.events.get(action="close")
    assert (event.actor_name, event.note) == ("系统", "子事项“第1项”无法办理")


def test_an_effect_that_is_refused_fails_with_its_sentence_and_is_replayed(cast: Cast) -> None:
    listener = ears.active(cast, effect=EffectKind.ACT, effect_data=ears.acts("parent", "archive"))
    case = make.registered(cast)
    joint.drain()
    delivery = ListenerDelivery.objects.get()
    assert delivery.state == DeliveryState.FAILED
    assert "没有可由系统执行" in delivery.error
    Listener.objects.filter(pk=listener.pk).update(effect="notify", effect_data=ears.NOTIFY)
    for stranger in (cast.handler, cast.outsider):
        with pytest.raises(NotAllowed):
            services.replay_delivery(stranger, delivery_id=delivery.pk)
    services.replay_delivery(cast.author, delivery_id=delivery.pk)
    joint.drain()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DONE
    assert AuditEntry.objects.filter(action="listener_delivery.replayed").exists()
    with pytest.raises(Refused, match="失败或被拦截"):
        services.replay_delivery(cast.author, delivery_id=delivery.pk)
    assert case.events.count() == 1


def test_a_fault_is_tried_again_and_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from apps.common import clock
    from apps.matters.services import deliveries

    ears.active(cast)
    make.registered(cast)

    def broken(delivery: ListenerDelivery) -> Any:
        raise RuntimeError("no route to host")

    monkeypatch.setattr(deliveries, "apply_effect", broken)
    joint.drain()
    delivery = ListenerDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 1)
    assert "no route to host" in delivery.error
    monkeypatch.undo()
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    joint.drain()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DONE, 2)


def test_what_is_switched_off_hears_nothing_and_stops_what_is_under_way(cast: Cast) -> None:
    listener = ears.active(cast)
    make.registered(cast)
    from apps.matters.services.deliveries import hear

    message = OutboxMessage.objects.get(topic="matters.listen")
    hear(event_id=message.payload["event"], facts=message.payload["facts"])
    services.pause_listener(cast.author, listener_id=listener.pk)
    make.registered(cast)
    joint.drain()
    assert ListenerDelivery.objects.get().state == DeliveryState.STOPPED
    assert not Notice.objects.filter(kind="listener").exists()


def test_a_dry_run_says_how_often_it_would_have_fired(cast: Cast) -> None:
    make.closed(cast)
    make.accepted(cast, title="路面塌陷")
    draft = ears.written(
        cast,
        actions=["accept"],
        condition={"fact": "text", "op": "contains", "words": ["塌陷"]},
    )
    found = selectors.dry_run(cast.supervisor, draft)
    assert (found.looked_at, found.fired) == (8, 1)
    assert [event.case.title for event in found.events] == ["路面塌陷"]
    assert selectors.dry_run(cast.outsider, draft).events == []
    assert not ListenerDelivery.objects.exists()


def test_a_dry_run_asks_a_case_as_it_was_then(cast: Cast) -> None:
    """RU-03: class, urgency, unit, state and orders of the event's own day, not of today."""
    case = make.accepted(cast, title="井盖松动")
    first = {"class_code": case.class_code, "priority": case.priority}
    assert case.point is not None
    given = {"address": case.address, "lon": case.point.x, "lat": case.point.y, "reason": "更正"}
    wanted = {"class_code": "env.noise", "priority": "urgent"}
    make.act(cast.dispatcher, case, "correct", wanted | given)

    def fired(action: str, *asked: dict[str, Any]) -> int:
        draft = ears.written(cast, actions=[action], condition={"all": list(asked)})
        return selectors.dry_run(cast.supervisor, draft).fired

    def is_(fact: str, value: str) -> dict[str, Any]:
        return {"fact": fact, "op": "in", "values": [value]}

    for action, then in (("accept", first), ("correct", wanted)):
        asked = [is_("class", then["class_code"]), is_("priority", then["priority"])]
        assert fired(action, *asked) == 1
    assert fired("accept", is_("class", "env.noise")) == 0
    assert fired("open", is_("category", "intake")) == 1  # routing by now
    assert fired("open", is_("class", first["class_code"])) == 0  # nobody had classed it
