"""The same at the same moment, and a worker that dies: nothing doubled, nothing lost."""

from datetime import timedelta
from typing import Any

import pytest

from apps.common import clock
from apps.matters.models import Case
from apps.messaging.models import Conversation, Message, Wait
from apps.messaging.registry import Incoming, Outgoing, Reach, temporarily
from apps.messaging.services import answer, claim, deliver_due, receive
from tests.cast import Cast
from tests.matters.test_two_at_once import at_once
from tests.messaging.factories import OPENID, account, agent, write

pytestmark = pytest.mark.django_db(transaction=True)
REPORT = "反映：解放路与和平路路口的井盖松动，车辆经过时声音很大。"


def test_a_message_delivered_twice_at_once_is_one_case_and_two_agents_are_told(
    cast: Cast, live: str
) -> None:
    to = account(cast, intake_rule="keyword")
    incoming = Incoming("m-1", OPENID, REPORT, clock.now())
    found = at_once(*[lambda: receive(to, incoming)] * 3)
    assert sorted(one.repeated for one in found) == [False, True, True]
    assert Case.objects.count() == Conversation.objects.count() == 1
    write(to, "在吗")
    pk = Conversation.objects.get().pk
    both = [agent(cast), agent(cast, "second")]
    results = at_once(*[lambda one=one: claim(one, conversation_id=pk) for one in both])
    assert sorted(type(one).__name__ for one in results) == ["Conversation", "ConversationTaken"]
    assert Wait.objects.filter(ended_at=None).count() == 1


def test_a_worker_killed_while_sending_leaves_it_to_the_next_with_the_same_key(
    cast: Cast, live: str
) -> None:
    to, serving, keys = account(cast), agent(cast), []
    write(to, "在吗")
    answer(serving, conversation_id=Conversation.objects.get().pk, text="在的", key="k")

    def killed(reach: Reach, outgoing: Outgoing) -> str:
        keys.append(outgoing.key)
        raise KeyboardInterrupt

    def sending(reach: Reach, outgoing: Outgoing) -> str:
        keys.append(outgoing.key)
        return "p-1"

    moment: Any = clock.now()
    with temporarily("simulator", killed), pytest.raises(KeyboardInterrupt):
        deliver_due()
    with temporarily("simulator", sending):
        assert deliver_due() == 0  # another worker may still be at it
        with clock.at(moment + timedelta(minutes=3)):
            assert deliver_due() == 1
    assert len(set(keys)) == 1
    assert Message.objects.get(direction="out").state == "sent"
