"""Ending what a person has opened: one writer, announced within its transaction."""

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts import services
from apps.accounts.signals import AccessEnded, access_ended
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """What was announced."""
    found: list[AccessEnded] = []

    def listen(sender, event, **kwargs):
        assert transaction.get_connection().in_atomic_block
        found.append(event)

    access_ended.connect(listen, weak=False)
    yield found
    access_ended.disconnect(listen)


def signed_in(user):
    browser = Client()
    browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    return browser


def is_in(browser):
    return browser.get("/people/me/").status_code == 200


def test_every_browser_is_out(cast, heard):
    here, there = signed_in(cast.handler), signed_in(cast.handler)
    assert services.end_access(SYSTEM, person=cast.handler, reason="left") == 2
    assert not is_in(here)
    assert not is_in(there)
    assert heard == [AccessEnded(user_id=cast.handler.pk, reason="left")]
    entry = AuditEntry.objects.get(action="sign_in.sessions_ended")
    assert entry.data == {"sessions": 2, "reason": "left"}


def test_a_second_time_is_harmless(cast, heard):
    services.end_access(SYSTEM, person=cast.handler, reason="left")
    assert services.end_access(SYSTEM, person=cast.handler, reason="left") == 0
    assert len(heard) == 2


def test_not_by_a_colleague(cast, heard):
    browser = signed_in(cast.handler)
    with pytest.raises(NotAllowed):
        services.end_access(cast.colleague, person=cast.handler, reason="left")
    assert is_in(browser)
    assert heard == []


def test_closing_a_file_and_new_passwords_announce_it(cast, heard):
    services.reset_password(SYSTEM, user=cast.handler)
    services.deactivate_user(SYSTEM, user=cast.handler)
    assert [event.reason for event in heard] == ["password_reset", "deactivated"]
