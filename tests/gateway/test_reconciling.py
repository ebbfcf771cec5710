"""Reconciliation with a real receiver: what it lacks, what nobody sent, when it is silent."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.gateway import services, signing
from apps.gateway.models import Connector, Delivery, Reconciliation
from apps.gateway.services import reconciling
from apps.gateway.services.connectors import ConnectorData
from apps.notices.models import Notice
from tests.gateway.factories import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = "2026-11-20"


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> User:
    found = UserFactory(is_superuser=True)
    monkeypatch.setattr(
        reconciling, "managers_of", lambda connector: User.objects.filter(pk=found.pk)
    )
    return found


@pytest.fixture
def connector(admin: User, receiver: Any) -> Connector:
    data = ConnectorData(name="水务平台", url=receiver.url, reconcile_url=receiver.url)
    made, receiver.secret = services.create_connector(
        admin, code="water", tenant=TenantFactory(), data=data
    )
    return made


def deliver(count: int, *, at: datetime = NOON) -> list[str]:
    """Sends so many messages at a moment; gives their ids."""
    with clock.at(at):
        found = [
            services.send("water", topic="case.state", payload={"n": n}, key=f"{at}-{n}")
            for n in range(count)
        ]
        assert services.deliver_due() == count
    return [str(row.public_id) for row in found]


def say(receiver: Any, ids: list[str], day: str = DAY, **more: Any) -> None:
    receiver.days[day] = {"count": len(ids), "ids": ids} | more


def look(hours: int = 20) -> Reconciliation:
    with clock.at(NOON + timedelta(hours=hours)):
        services.reconcile_due()
    return Reconciliation.objects.get(on_day=DAY)


def test_both_sides_are_even(connector: Connector, receiver: Any) -> None:
    ids = deliver(3)
    with clock.at(NOON):
        services.ping(User.objects.get(), connector_id=connector.pk)
    say(receiver, ids)
    row = look()
    assert (row.state, row.ours, row.theirs) == ("even", 3, 3)
    assert row.ours_digest == services.digest_of(ids)
    (asked,) = receiver.asked
    at = NOON + timedelta(hours=20)
    assert signing.is_valid([receiver.secret], asked, body=b"", at=at)
    assert not Notice.objects.exists()
    look()
    assert len(receiver.asked) == 1  # what was looked at is left alone


def test_what_they_lack_and_what_nobody_sent_is_listed_told_and_sent_again(
    admin: User, connector: Connector, receiver: Any
) -> None:
    ids = deliver(3)
    say(receiver, [*ids[:2], "0f8fad5b-d9cb-469f-a165-70867728950e", "stray"])
    row = look()
    assert (row.state, row.missing, row.missing_count) == ("differs", [ids[2]], 1)
    assert sorted(row.unknown) == ["0f8fad5b-d9cb-469f-a165-70867728950e", "stray"]
    (notice,) = Notice.objects.filter(recipient=admin)
    assert "对账有差异" in notice.title
    assert f"/connectors/{connector.pk}/reconciliations/{row.pk}/" in notice.url
    with clock.at(NOON + timedelta(hours=21)):
        count = services.replay_missing(admin, connector_id=connector.pk, reconciliation_id=row.pk)
        assert (count, services.deliver_due()) == (1, 1)
        with pytest.raises(Refused):
            services.replay_missing(admin, connector_id=connector.pk, reconciliation_id=row.pk)
    assert receiver.ids.count(ids[2]) == 2
    assert AuditEntry.objects.filter(action="connector.missing_replayed").count() == 1
    say(receiver, ids[:2])
    say(receiver, [ids[2]], day="2026-11-21")
    with clock.at(NOON + timedelta(days=1, hours=20)):
        again = services.reconcile(admin, connector_id=connector.pk, day=NOON.date())
        services.reconcile_due()
    assert (again.state, again.replayed_at) == ("even", None)
    assert Reconciliation.objects.get(on_day="2026-11-21").state == "even"


def test_around_midnight_the_next_day_is_asked_too(connector: Connector, receiver: Any) -> None:
    late = deliver(1, at=NOON.replace(hour=23, minute=59, second=59))
    say(receiver, [])
    say(receiver, late, day="2026-11-21")
    assert look().state == "even"


def test_a_message_sent_again_counts_on_its_first_day(
    admin: User, connector: Connector, receiver: Any
) -> None:
    ids = deliver(1, at=NOON - timedelta(days=1))
    with clock.at(NOON):
        services.replay(admin, delivery_ids=[Delivery.objects.get().pk])
        services.deliver_due()
    say(receiver, ids, day="2026-11-19")
    say(receiver, [])
    assert look().state == "even"


def test_a_day_looked_at_before_its_end_is_looked_at_again(
    admin: User, connector: Connector, receiver: Any
) -> None:
    say(receiver, [])
    with clock.at(NOON):
        assert services.reconcile(admin, connector_id=connector.pk, day=NOON.date()).ours == 0
    deliver(1)
    assert look().missing_count == 1


def test_numbers_alone_are_compared(connector: Connector, receiver: Any) -> None:
    deliver(2)
    receiver.days[DAY] = {"count": 3}
    row = look()
    assert (row.state, row.theirs, row.missing) == ("differs", 3, [])
    receiver.days[DAY] = {"count": 2}
    with clock.at(NOON + timedelta(hours=20)):
        actor = User.objects.get()
        row = services.reconcile(actor, connector_id=connector.pk, day=NOON.date())
    assert row.state == "even"


@pytest.mark.parametrize(
    "said",
    [
        b"<html>", b"[]", b"{}", b'{"count": true}', b'{"count": -1}', b'{"count": 1, "ids": [7]}',
        b'{"count": 2, "ids": ["a"]}', b'{"count": 1, "ids": {"a": 1}}', b'{"count": 1e999}',
        b'{"count": 1, "ids": ["\\u0000"]}', b"[" * 100_000, b"\xff",
    ],
)  # fmt: skip
def test_nonsense_is_no_account_and_asked_again(
    connector: Connector, receiver: Any, said: bytes
) -> None:
    ids = deliver(1)
    receiver.days[DAY] = said
    row = look()
    assert (row.state, row.theirs, bool(row.reason)) == ("failed", None, True)
    say(receiver, ids)
    assert look(hours=21).state == "even"
    assert Notice.objects.filter(title__contains="未能对账").count() == 1


def test_silence_is_no_account(connector: Connector, receiver: Any, settings: Any) -> None:
    receiver.status = 500
    assert look().reason == "对方答复 HTTP 500"
    settings.OUTGOING_HOSTS = []
    assert look(hours=21).state == "failed"
    assert len(receiver.asked) == 1


def test_who_may_ask_and_for_when(admin: User, connector: Connector, receiver: Any) -> None:
    today = clock.today()
    with pytest.raises(NotAllowed):
        services.reconcile(UserFactory(), connector_id=connector.pk, day=today)
    for day in (today + timedelta(days=1), today - timedelta(days=90)):
        with pytest.raises(InvalidInput):
            services.reconcile(admin, connector_id=connector.pk, day=day)
    row = services.reconcile(admin, connector_id=connector.pk, day=today)
    with pytest.raises(NotAllowed):
        services.replay_missing(UserFactory(), connector_id=connector.pk, reconciliation_id=row.pk)
    with pytest.raises(Refused):
        services.replay_missing(admin, connector_id=connector.pk, reconciliation_id=row.pk)
    with pytest.raises(NotFound):
        services.replay_missing(admin, connector_id=connector.pk + 1, reconciliation_id=row.pk)
    Connector.objects.update(reconcile_url="")
    with pytest.raises(Refused):
        services.reconcile(admin, connector_id=connector.pk, day=today)


def test_an_address_that_may_not_be_asked_is_refused(admin: User, receiver: Any) -> None:
    data = ConnectorData(name="水务", url=receiver.url, reconcile_url="http://10.1.2.3/x")
    with pytest.raises(InvalidInput) as refusal:
        services.create_connector(admin, code="other", tenant=TenantFactory(), data=data)
    assert refusal.value.field == "reconcile_url"


def test_the_pages_show_the_differences_and_send_again(
    admin: User, connector: Connector, receiver: Any, client: Client
) -> None:
    deliver(1, at=clock.now())
    client.force_login(admin)
    base = f"/connectors/{connector.pk}/reconciliations/"
    assert "还没有对过账" in client.get(base).content.decode()
    say(receiver, ["stray"], day=clock.today().isoformat())
    answer = client.post(f"{base}check/", {"day": clock.today().isoformat()}, follow=True)
    shown = answer.content.decode()
    assert "对方缺少的消息" in shown
    assert "stray" in shown
    row = Reconciliation.objects.get()
    shown = client.post(f"{base}{row.pk}/replay/", follow=True).content.decode()
    assert "已重新排队" in shown
    assert "重发缺少的消息" not in shown
    assert client.get(base).status_code == 200
    assert client.get(f"{base}{row.pk + 1}/").status_code == 404
    assert client.post(f"{base}check/", {"day": "soon"}).status_code == 302
