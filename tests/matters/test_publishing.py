"""Other systems hear of key states, in the transaction that writes the event."""

import json

import pytest
from django.db import transaction

from apps.gateway import services as gateway
from apps.gateway.models import Delivery
from apps.gateway.services.connectors import ConnectorData
from tests.cast import Cast
from tests.gateway.factories import UserFactory
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def listener(cast: Cast, settings):
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    data = ConnectorData(name="水务", url="http://127.0.0.1:9009/", topics=["case.*"])
    admin = UserFactory(is_superuser=True)
    return gateway.create_connector(admin, code="water", tenant=cast.tenant, data=data)[0]


def test_each_change_of_state_is_told_once_in_order(cast: Cast, listener) -> None:
    case = make.closed(cast, title="请联系 13812345678")
    told = [json.loads(d.body)["data"] for d in Delivery.objects.order_by("pk")]
    assert [t["state"] for t in told][-1] == case.state
    assert [t["seq"] for t in told] == sorted({t["seq"] for t in told})
    assert told[0]["title"] == "请联系 138****5678"
    assert all(t["number"] == case.number for t in told)


def test_what_is_rolled_back_is_not_told(cast: Cast, listener) -> None:
    with transaction.atomic():
        make.registered(cast)
        assert Delivery.objects.exists()
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_without_connectors_nothing_is_written(cast: Cast) -> None:
    make.closed(cast)
    assert not Delivery.objects.exists()
