"""The demo city's citizens write in every channel."""

from datetime import timedelta

import pytest

from apps.common import clock
from apps.demo.stages.messaging import ACCOUNTS, load_messaging
from apps.hotline.models import Line
from apps.matters.models import Case
from apps.messaging.models import Conversation, Transfer
from apps.messaging.services import deliver_due
from tests.cast import Cast
from tests.hotline.factories import demand
from tests.messaging.factories import agent

pytestmark = pytest.mark.django_db


def test_every_channel_has_a_conversation(cast: Cast, live: str) -> None:
    Line.objects.create(tenant=cast.tenant, code="main", name="市民热线", number="12345")
    demand(cast)
    until = clock.now() + timedelta(days=1, minutes=1)  # the matter is in force from now on
    count = load_messaging(unit_code="center", agent=agent(cast), until=until)
    assert count >= len(ACCOUNTS)
    assert set(Case.objects.values_list("channel", flat=True)) == {
        "phone", "wechat", "email", "line",
    }  # fmt: skip
    assert set(Transfer.objects.values_list("direction", flat=True)) == {"in", "out"}
    assert Conversation.objects.filter(state="waiting").count() >= 4
    with clock.at(until):
        assert deliver_due() > 4
