from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.gateway import services
from apps.gateway.models import ApiClient
from tests.gateway.factories import TenantFactory, UserFactory, issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return UserFactory(is_superuser=True)


def known(key: str, address: str = "10.1.1.1") -> bool:
    return services.identify(key, address=address) is not None


def test_key_is_recognised_and_not_kept():
    client, key = issue()
    assert known(key)
    assert key.split(".")[1] not in str(vars(ApiClient.objects.get()))
    assert AuditEntry.objects.get().action == "api_client.issued"
    assert client.key_prefix == key.split(".")[0]


@pytest.mark.parametrize("spoil", [lambda k: k + "x", lambda k: k[:-1], lambda k: "", str.upper])
def test_wrong_keys_are_not(spoil):
    _client, key = issue()
    assert not known(spoil(key))


def test_both_keys_work_while_the_other_side_changes_over(admin):
    client, old = issue()
    new = services.rotate_key(admin, client_id=client.pk)
    assert known(old)
    assert known(new)
    with clock.at(clock.now() + timedelta(days=8)):
        assert not known(old)
        assert known(new)


def test_leaked_key_ends_at_once(admin):
    client, old = issue()
    services.rotate_key(admin, client_id=client.pk, overlap=timedelta(0))
    assert not known(old)


def test_revoked_client_is_out_for_good(admin):
    client, key = issue()
    first = services.revoke_client(admin, client_id=client.pk).revoked_at
    assert services.revoke_client(admin, client_id=client.pk).revoked_at == first
    assert not known(key)
    with pytest.raises(Refused):
        services.rotate_key(admin, client_id=client.pk)
    assert AuditEntry.objects.filter(action="api_client.revoked").count() == 1


def test_expired_client_is_out():
    _client, key = issue(expires_at=clock.now() + timedelta(days=1))
    assert known(key)
    with clock.at(clock.now() + timedelta(days=2)):
        assert not known(key)


def test_inactive_service_account_is_out():
    client, key = issue()
    type(client.service_user).objects.update(is_active=False)
    assert not known(key)


@pytest.mark.parametrize(("address", "inside"), [("10.20.3.4", True), ("10.21.0.1", False)])
def test_only_from_the_listed_addresses(address, inside):
    _client, key = issue(allowed_ranges=["10.20.0.0/16"])
    assert known(key, address) == inside
    assert services.identify(key, address=None) is None


def test_use_is_noted_now_and_then(django_assert_num_queries):
    _client, key = issue()
    known(key)
    with django_assert_num_queries(1):
        known(key)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"rate": "fast"}, "rate"),
        ({"rate": "x/min"}, "rate"),
        ({"allowed_ranges": ["10.20"]}, "allowed_ranges"),
    ],
)
def test_odd_settings_are_refused(more, field):
    with pytest.raises(InvalidInput) as refusal:
        issue(**more)
    assert refusal.value.field == field


def test_superuser_is_no_service_account():
    with pytest.raises(InvalidInput):
        issue(service_user=UserFactory(is_superuser=True))


def test_clerks_may_not():
    clerk, (client, _key) = UserFactory(), issue()
    with pytest.raises(NotAllowed):
        services.rotate_key(clerk, client_id=client.pk)
    with pytest.raises(NotAllowed):
        services.revoke_client(clerk, client_id=client.pk)


def test_unknown_client(admin):
    with pytest.raises(NotFound):
        services.revoke_client(admin, client_id=0)


def test_command_prints_a_working_key(admin, capsys):
    options = {
        "by": admin.username,
        "tenant": TenantFactory(code="city").code,
        "account": UserFactory().username,
    }
    call_command("issue_api_client", "小程序", scopes=["cases.report"], **options)
    assert known(capsys.readouterr().out.strip())
    with pytest.raises(CommandError):
        call_command("issue_api_client", "小程序", **options | {"tenant": "none"})
