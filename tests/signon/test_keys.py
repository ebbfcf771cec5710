"""The keys: made once, published ahead, opened only by this installation."""

from datetime import timedelta

import pytest

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.signon import services
from apps.signon.models import SigningKey
from apps.signon.services.keys import open_keys, signing_pair

pytestmark = pytest.mark.django_db


def test_the_first_key_signs_at_once_and_is_made_once():
    services.ensure_key()
    services.ensure_key()
    key = SigningKey.objects.get()
    assert signing_pair()[0] == key.fingerprint
    assert "PRIVATE" not in key.sealed
    assert AuditEntry.objects.filter(action="signing_key.made").count() == 1


def test_the_next_key_signs_tomorrow_and_the_old_one_is_still_known(key):
    new = services.rotate_key(SYSTEM)
    assert signing_pair()[0] == key.fingerprint
    with clock.at(clock.now() + timedelta(hours=25)):
        assert signing_pair()[0] == new.fingerprint
        assert {k.pk for k, _pem in open_keys()} == {key.pk, new.pk}
    with clock.at(clock.now() + timedelta(hours=49)):
        assert {k.pk for k, _pem in open_keys()} == {new.pk}


def test_old_keys_are_replaced_by_themselves(key):
    assert services.rotate_if_due()
    assert not services.rotate_if_due()


def test_a_key_nobody_can_open_is_replaced(key, settings):
    settings.SECRET_KEY = "another-" + "y" * 50
    with pytest.raises(LookupError):
        signing_pair()
    services.rotate_if_due()
    assert signing_pair()[0] != key.fingerprint


def test_a_replaced_system_key_still_opens_what_it_sealed(key, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" + "y" * 50
    assert signing_pair()[0] == key.fingerprint
