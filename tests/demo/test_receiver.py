"""The simulated outside system takes what is signed, once."""

import pytest
from django.conf import settings as django_settings
from django.test import Client

from apps.accounts.models import User
from apps.common import clock
from apps.demo.models import RECEIVER, Receipt
from apps.demo.receiving import take_message
from apps.demo.stages.appraisal import TO_PLATFORM
from apps.gateway import services as gateway
from apps.gateway import signing
from apps.gateway.mapping import apply
from apps.gateway.models import Connector
from apps.gateway.selectors.mappings import SAMPLE_EVENT
from apps.gateway.services.connectors import ConnectorData
from tests.cast import Cast

URL = "/demo/receiver/"
BODY = '{"id": "m-1", "topic": "case.state", "data": {"number": "案件一号"}}'.encode()


@pytest.fixture
def secret(cast: Cast, settings: object) -> str:
    """The secret of the receiver's connector, with calls to this machine allowed."""
    settings.DEMO = True  # type: ignore[attr-defined]
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]  # type: ignore[attr-defined]
    manager = User.objects.create_superuser(username="root", password="x", full_name="管理员")
    address = django_settings.DEMO_RECEIVER
    data = ConnectorData(name="模拟", url=address, reconcile_url=address)
    _connector, found = gateway.create_connector(
        manager, code=RECEIVER, tenant=cast.tenant, data=data
    )
    return found


def post(secret: str, *, body: bytes = BODY) -> int:
    sent = signing.headers([secret], message_id="m-1", at=clock.now(), body=BODY)
    answer = Client(headers=sent).post(URL, body, content_type="application/json")
    return answer.status_code


def test_a_signed_message_is_kept_once_and_shown(secret: str) -> None:
    assert [post(secret), post(secret)] == [200, 200]
    assert Receipt.objects.get().topic == "case.state"
    assert "案件一号" in Client().get(URL).content.decode()


def test_what_nobody_signed_is_refused(secret: str) -> None:
    assert post(signing.new_secret()) == 401
    assert post(secret, body=BODY + b" ") == 401
    assert Client().post(URL, BODY, content_type="application/json").status_code == 401
    assert not Receipt.objects.exists()


def test_without_a_connector_nothing_is_taken(db: None) -> None:
    assert not Connector.objects.exists()
    assert not take_message({}, BODY, now=clock.now())


def test_outside_a_demo_there_is_no_receiver(db: None, settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    assert Client().get(URL).status_code == 404
    assert Client().post(URL, BODY, content_type="application/json").status_code == 404


def test_it_tells_what_it_took_on_a_day_to_who_signs(secret: str) -> None:
    post(secret)
    day = clock.today().isoformat()
    assert Client().get(URL, {"date": day}).status_code == 401
    sent = signing.headers([secret], message_id="r-1", at=clock.now(), body=b"")
    asking = Client(headers=sent)
    assert asking.get(URL, {"date": day}).json() == {"count": 1, "ids": ["m-1"]}
    assert asking.get(URL, {"date": "2020-01-01"}).json() == {"count": 0, "ids": []}
    assert asking.get(URL, {"date": "soon"}).status_code == 400


def test_the_mapping_laid_on_fits_a_change_of_state() -> None:
    mapped = apply(TO_PLATFORM, SAMPLE_EVENT, direction="out")
    assert mapped.lacks == ()
    assert mapped.values["data"]["status"] == "2"
    assert mapped.values["data"]["updateTime"] == "2026-11-21 10:05:00"
