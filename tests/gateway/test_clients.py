from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.errors import SecondPersonNeeded
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused, TooMany
from apps.gateway import services
from apps.gateway.models import ApiKey
from apps.gateway.services import ClientData, KeyRefused
from tests.gateway.factories import TenantFactory, UserFactory, issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return UserFactory(is_superuser=True)


def known(key: str, address: str | None = "10.1.1.1") -> bool:
    try:
        services.identify(key, address=address)
    except KeyRefused:
        return False
    return True


def why(key: str, address: str | None = "10.1.1.1") -> str:
    with pytest.raises(KeyRefused) as refusal:
        services.identify(key, address=address)
    return refusal.value.reason


def test_key_is_recognised_and_not_kept():
    client, key = issue()
    prefix, _dot, secret = key.partition(".")
    assert services.identify(key, address=None).client == client
    assert secret not in str(vars(ApiKey.objects.get()))
    assert AuditEntry.objects.get().action == "api_client.issued"
    assert ApiKey.objects.get().prefix == prefix


@pytest.mark.parametrize("spoil", [lambda k: k + "x", lambda k: k[:-1], lambda k: "", str.upper])
def test_wrong_keys_are_not(spoil, live):
    _client, key = issue()
    assert why(spoil(key)) == "unknown"


def test_refusal_names_the_key_but_tells_a_stranger_nothing_more(admin, live):
    client, key = issue()
    services.revoke_client(admin, client_id=client.pk)
    prefix = key.partition(".")[0]
    with pytest.raises(KeyRefused, match=f"密钥 {prefix} 无效"):
        services.identify(f"{prefix}.guess", address=None)
    assert why(key) == "ended"


@pytest.mark.usefixtures("time_held")
def test_refusals_are_audited_up_to_a_limit(live):
    _client, key = issue()
    for number in range(25):
        assert not known(f"{key}x" if number % 2 else f"stranger{number}.x")
    entries = AuditEntry.objects.filter(action="api_client.refused")
    assert entries.count() == 20
    assert entries.order_by("pk")[1].data["key"] == key.partition(".")[0]
    for _n in range(95):
        known(key + "x")
    with pytest.raises(TooMany):
        services.identify(key + "x", address="10.1.1.1")
    assert known(key)


def test_both_keys_work_while_the_other_side_changes_over(admin, live):
    client, old = issue()
    new = services.rotate_key(admin, client_id=client.pk)
    assert old.partition(".")[0] != new.partition(".")[0]
    assert known(old)
    assert known(new)
    with clock.at(clock.now() + timedelta(days=8)):
        assert why(old) == "ended"
        assert known(new)


def test_leaked_key_ends_at_once(admin, live):
    client, old = issue()
    services.rotate_key(admin, client_id=client.pk, overlap=timedelta(0))
    assert not known(old)


def test_two_live_keys_and_no_third(admin, live):
    client, first = issue()
    services.issue_key(admin, client_id=client.pk)
    with pytest.raises(Refused) as refusal:
        services.issue_key(admin, client_id=client.pk)
    assert refusal.value.code == "keys_full"
    old = ApiKey.objects.get(prefix=first.partition(".")[0])
    services.end_key(admin, client_id=client.pk, key_id=old.pk)
    services.end_key(admin, client_id=client.pk, key_id=old.pk)
    assert AuditEntry.objects.filter(action="api_client.key_ended").count() == 1
    assert not known(first)
    assert known(services.issue_key(admin, client_id=client.pk))


def test_key_may_end_by_itself(admin, live):
    client, _key = issue()
    key = services.issue_key(admin, client_id=client.pk, ends_at=clock.now() + timedelta(hours=1))
    assert known(key)
    with clock.at(clock.now() + timedelta(hours=2)):
        assert why(key) == "ended"


def test_revoked_client_is_out_for_good(admin, live):
    client, key = issue()
    first = services.revoke_client(admin, client_id=client.pk).revoked_at
    assert services.revoke_client(admin, client_id=client.pk).revoked_at == first
    assert not known(key)
    with pytest.raises(Refused):
        services.rotate_key(admin, client_id=client.pk)
    with pytest.raises(Refused):
        services.edit_client(admin, client_id=client.pk, data=ClientData("x"))
    assert AuditEntry.objects.filter(action="api_client.revoked").count() == 1


def test_expired_client_is_out(live):
    _client, key = issue(expires_at=clock.now() + timedelta(days=1))
    assert known(key)
    with clock.at(clock.now() + timedelta(days=2)):
        assert why(key) == "expired"


def test_inactive_service_account_is_out(live):
    client, key = issue()
    type(client.service_user).objects.update(is_active=False)
    assert why(key) == "inactive"


@pytest.mark.parametrize(
    ("address", "inside"),
    [("10.20.3.4", True), ("10.21.0.1", False), ("2001:db8::7", True), ("2001:db9::7", False)],
)
def test_only_from_the_listed_addresses(address, inside, live):
    _client, key = issue(allowed_ranges=["10.20.0.0/16", "2001:db8::/32"])
    assert known(key, address) == inside
    assert why(key, None) == "address"


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
        ({"rate": "0/min"}, "rate"),
        ({"allowed_ranges": ["10.20"]}, "allowed_ranges"),
        ({"scopes": ["cases.rule"]}, "scopes"),
        ({"name": " "}, "name"),
    ],
)
def test_odd_settings_are_refused(more, field):
    with pytest.raises(InvalidInput) as refusal:
        issue(**more)
    assert refusal.value.field == field


def test_superuser_is_no_service_account():
    with pytest.raises(InvalidInput):
        issue(service_user=UserFactory(is_superuser=True))


def test_account_of_another_body_is_no_service_account():
    with pytest.raises(InvalidInput) as refusal:
        issue(service_user=UserFactory(tenant=TenantFactory()))
    assert refusal.value.field == "service_user"


def test_nobody_registers_or_widens_alone(admin):
    with pytest.raises(SecondPersonNeeded):
        services.issue_client(
            admin, name="x", tenant=TenantFactory(), service_user=UserFactory(), scopes=[]
        )
    client, _key = issue(allowed_ranges=["10.0.0.0/8"], rate="60/min")
    kept = {"scopes": ["cases.report"], "allowed_ranges": ["10.0.0.0/8"], "rate": "60/min"}
    for more in (
        {"scopes": ["cases.report", "cases.read"]},
        {"scopes": ["*"]},
        {"allowed_ranges": []},
        {"allowed_ranges": ["10.0.0.0/7"]},
        {"rate": "61/min"},
        {"rate": ""},
    ):
        data = ClientData("x", **kept | more)
        with pytest.raises(SecondPersonNeeded):
            services.edit_client(admin, client_id=client.pk, data=data)


def test_taking_away_takes_one_person(admin):
    client, _key = issue()
    data = ClientData(
        "改名", scopes=[], rate="5/min", allowed_ranges=["10.0.0.0/8"], daily_quota=9,
        requires_signature=True, expires_at=clock.now(),
    )  # fmt: skip
    changed = services.edit_client(admin, client_id=client.pk, data=data)
    assert (changed.name, changed.scopes, changed.daily_quota) == ("改名", [], 9)
    entry = AuditEntry.objects.get(action="api_client.changed")
    assert entry.data["changed"]["scopes"] == [["cases.report"], []]


def test_clerks_may_not():
    clerk, (client, _key) = UserFactory(), issue()
    for deed in (services.rotate_key, services.issue_key, services.revoke_client):
        with pytest.raises(NotAllowed):
            deed(clerk, client_id=client.pk)
    with pytest.raises(NotAllowed):
        services.add_signing_key(clerk, client_id=client.pk, algorithm="hmac-sha256")


def test_unknown_client(admin):
    with pytest.raises(NotFound):
        services.revoke_client(admin, client_id=0)


def test_command_prints_a_working_key(admin, capsys, live):
    options = {
        "by": admin.username,
        "tenant": TenantFactory(code="city").code,
        "account": UserFactory().username,
    }
    call_command("issue_api_client", "小程序", scopes=["cases.report"], **options)
    assert known(capsys.readouterr().out.strip())
    with pytest.raises(CommandError):
        call_command("issue_api_client", "小程序", **options | {"tenant": "none"})
    with pytest.raises(CommandError):
        call_command("issue_api_client", "小程序", **options | {"by": UserFactory().username})
