"""The catalogue of services, and applying for one: apply, approve, use."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.approvals import services as approvals
from apps.accounts.models import HeldChange, User
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.gateway import registry, services
from apps.gateway.enums import ServiceHealth, ServiceKind
from apps.gateway.models import ApiClient, Service, ServiceCheck
from apps.gateway.services.catalogue import ServiceData
from tests.accounts.factories import TenantFactory
from tests.cast import Cast, _organization, _person, role_named
from tests.gateway.factories import client_with_key
from tests.gateway.receiver import Receiver

pytestmark = pytest.mark.django_db
KEY = f"catalog001.{'s' * 32}"


@pytest.fixture
def keeper(cast: Cast) -> User:
    """Who manages clients and connectors of the city; the publisher checks."""
    role = role_named("supervisor")
    role.permissions.add(
        *Permission.objects.filter(codename__in=["manage_clients", "manage_connectors"])
    )
    role_named("publisher").permissions.add(Permission.objects.get(codename="manage_roles"))
    return cast.supervisor


@pytest.fixture
def program(cast: Cast, live: str) -> ApiClient:
    return client_with_key(
        KEY, name="随手拍", tenant=cast.tenant, owner=cast.center, service_user=cast.acceptor,
        scopes=["cases.report"], rate="100000/min",
    )  # fmt: skip


def manager_of_another_body(cast: Cast) -> User:
    """Holds the same role, by a post elsewhere."""
    elsewhere = _organization(TenantFactory(), None, "elsewhere", "邻市中心", "center", cast.city)
    return _person("neighbour", "邻市管理员", "supervisor", elsewhere)


def get(path: str) -> Any:
    return Client(headers={"Authorization": f"Api-Key {KEY}"}).get(path)


def outside(keeper: User, cast: Cast, **more: Any) -> Service:
    data = {"name": "气象", "description": "预警", "version": "2", "endpoint": "https://q.example/"}
    return services.register_service(
        keeper, code="weather", tenant=cast.tenant, data=ServiceData(**data | more)
    )


def test_own_apis_are_there_with_their_scopes(program: ApiClient) -> None:
    found = {each["code"]: each for each in get("/api/v1/services/").json()}
    assert found.keys() == {resource.code for resource in registry.all_resources()}
    assert "cases.read" in found["cases"]["scopes"]
    assert get("/api/v1/services/cases/").json()["endpoint"] == "/api/v1/cases/"
    assert get("/api/v1/services/?q=监听").json()[0]["code"] == "listeners"
    assert get("/api/v1/services/?kind=odd").status_code == 400
    assert get("/api/v1/services/none/").status_code == 404


def test_every_route_of_the_api_is_registered() -> None:
    """AC-07: whatever is added later is denied until somebody says what it is."""
    from django.urls import get_resolver

    def routes(patterns: Any, prefix: str = "/") -> Any:
        for each in patterns:
            address = prefix + str(each.pattern).lstrip("^")
            if hasattr(each, "url_patterns"):
                yield from routes(each.url_patterns, address)
            else:
                yield address

    ours = [a for a in routes(get_resolver().url_patterns) if a.startswith("/api/v1/")]
    assert len(ours) > 30
    assert [a for a in ours if registry.resource_of(a.partition("<")[0]) is None] == []


def test_health_is_looked_at_and_kept(
    program: ApiClient, keeper: User, cast: Cast, receiver: Receiver
) -> None:
    service = outside(keeper, cast, health_url=receiver.url)
    receiver.status = 503
    assert services.check_services() == Service.objects.count()
    service.refresh_from_db()
    assert service.health == ServiceHealth.DOWN
    assert ServiceCheck.objects.get(service=service).reason == "HTTP 503"
    assert Service.objects.get(code="cases").health == ServiceHealth.UP
    found = get("/api/v1/services/weather/").json()
    assert (found["health"], found["version"]) == ("down", "2")


def test_addresses_of_health_checks_are_guarded(keeper: User, cast: Cast, settings: Any) -> None:
    settings.OUTGOING_HOSTS = []
    with pytest.raises(InvalidInput) as refusal:
        outside(keeper, cast, health_url="http://169.254.169.254/latest/")
    assert refusal.value.field == "health_url"
    for wrong in ({"name": " "},):
        with pytest.raises(InvalidInput):
            outside(keeper, cast, **wrong)
    with pytest.raises(NotAllowed):
        outside(cast.handler, cast)


def test_others_services_are_not_offered(keeper: User, cast: Cast, program: ApiClient) -> None:
    service = outside(keeper, cast)
    Service.objects.filter(pk=service.pk).update(tenant=TenantFactory())
    assert get("/api/v1/services/weather/").status_code == 404
    with pytest.raises(NotAllowed):
        services.retire_service(keeper, service_id=service.pk)


def test_retired_services_go(keeper: User, cast: Cast, program: ApiClient) -> None:
    service = outside(keeper, cast)
    services.retire_service(keeper, service_id=service.pk)
    services.retire_service(keeper, service_id=service.pk)
    assert AuditEntry.objects.filter(action="service.retired").count() == 1
    assert get("/api/v1/services/weather/").status_code == 404
    services.keep_catalogue()
    with pytest.raises(Refused):
        services.retire_service(keeper, service_id=Service.objects.get(code="cases").pk)
    with pytest.raises(NotFound):
        services.retire_service(keeper, service_id=0)
    assert Service.objects.filter(kind=ServiceKind.OWN).exists()


def test_apply_approve_use(program: ApiClient, keeper: User, cast: Cast, client: Client) -> None:
    assert get("/api/v1/cases/").status_code == 403
    client.force_login(keeper)
    page = client.get(f"/clients/{program.pk}/edit/?scope=cases.read")
    form = {
        "name": "随手拍", "owner": cast.center.pk, "owner_person": cast.acceptor.pk,
        "scopes": page.context["form"]["scopes"].value(),
        "rate": "100000/min", "daily_quota": 0, "allowed_ranges": "",
    }  # fmt: skip
    assert form["scopes"] == ["cases.report", "cases.read"]
    asked = client.post(f"/clients/{program.pk}/edit/", form)
    assert asked.context["form"].errors.keys() == {"reason"}
    asked = client.post(f"/clients/{program.pk}/edit/", form | {"reason": "需要向市民显示进度"})
    held = HeldChange.objects.get()
    assert asked.url == f"/people/approvals/{held.pk}/"
    assert get("/api/v1/cases/").status_code == 403
    client.force_login(cast.publisher)
    assert "查询案件" in client.get(asked.url).content.decode()
    approvals.approve_change(cast.publisher, change_id=held.pk, digest=held.digest)
    assert get("/api/v1/cases/").status_code == 200
    entry = AuditEntry.objects.get(action="api_client.changed")
    assert entry.data["checker"] == cast.publisher.display_name


def test_register_approve_and_the_maker_alone_sees_the_key(
    keeper: User, cast: Cast, client: Client, live: str
) -> None:
    User.objects.filter(pk=cast.acceptor.pk).update(tenant=cast.tenant)
    client.force_login(keeper)
    form = {
        "name": "水务平台", "owner": cast.center.pk, "owner_person": keeper.pk,
        "service_user": cast.acceptor.pk,
        "scopes": ["cases.results"], "rate": "", "daily_quota": 1000,
        "allowed_ranges": "10.1.0.0/16",
    }  # fmt: skip
    assert client.post("/clients/new/", form).context["form"].errors.keys() == {"reason"}
    client.post("/clients/new/", form | {"reason": "水务部门回传结果"})
    held = HeldChange.objects.get()
    assert not ApiClient.objects.exists()
    decided = approvals.approve_change(cast.publisher, change_id=held.pk, digest=held.digest)
    assert decided.result.secret == ""
    made = ApiClient.objects.get()
    assert (made.daily_quota, made.allowed_ranges, made.keys.count()) == (1000, ["10.1.0.0/16"], 0)
    shown = client.post(f"/clients/{made.pk}/keys/issue/")
    assert services.identify(shown.context["secret"], address="10.1.0.9").client == made
    assert "no-store" in shown["Cache-Control"]
    assert client.get(f"/clients/{made.pk}/").status_code == 200


def test_pages_answer_and_strangers_are_kept_out(
    program: ApiClient, keeper: User, cast: Cast, client: Client
) -> None:
    services.keep_catalogue()
    service = outside(keeper, cast)
    pages = [
        "/clients/", "/clients/new/", f"/clients/{program.pk}/", f"/clients/{program.pk}/edit/",
        "/clients/calls/", "/services/", f"/services/{service.pk}/", "/services/new/",
        "/api/developers/",
    ]  # fmt: skip
    client.force_login(keeper)
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    client.force_login(cast.handler)
    assert [client.get(page).status_code for page in pages[:5]] == [403] * 5
    client.force_login(manager_of_another_body(cast))
    assert client.get(f"/clients/{program.pk}/").status_code == 404
    assert client.post(f"/clients/{program.pk}/keys/issue/").status_code == 404
    assert client.post(f"/clients/{program.pk}/revoke/").status_code == 404


def test_deeds_of_the_client_page(program: ApiClient, keeper: User, client: Client) -> None:
    client.force_login(keeper)
    base = f"/clients/{program.pk}"
    new = client.post(f"{base}/keys/rotate/").context["secret"]
    client.post(f"{base}/keys/issue/")
    old = program.keys.get(prefix="catalog001")
    client.post(f"{base}/keys/{old.pk}/end/")
    assert services.identify(new, address=None).client == program
    hmac_key = client.post(f"{base}/signing-keys/add/", {"algorithm": "hmac-sha256"})
    assert hmac_key.context["keyid"].startswith("sig-")
    client.post(f"{base}/signing-keys/add/", {"algorithm": "ed25519", "public_key": "nonsense"})
    assert program.signing_keys.count() == 1
    client.post(f"{base}/signing-keys/{program.signing_keys.get().pk}/end/")
    client.post(f"{base}/revoke/")
    program.refresh_from_db()
    assert program.revoked_at is not None
    assert client.get(f"{base}/").status_code == 200
