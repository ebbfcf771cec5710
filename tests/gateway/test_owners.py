"""Somebody answers for each client: named, told, and replaced in time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from apps.accounts.models import Appointment, User
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.gateway import services
from apps.gateway.models import ApiCall, ApiClient
from apps.gateway.services import ClientData, KeyRefused
from apps.gateway.services.clients import stated
from apps.notices.models import Notice
from tests.cast import Cast, role_named
from tests.gateway.factories import client_with_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("live")]
KEY = "abcdefghij.secret"


@pytest.fixture
def keeper(cast: Cast) -> User:
    role_named("supervisor").permissions.add(Permission.objects.get(codename="manage_clients"))
    return cast.supervisor


@pytest.fixture
def program(cast: Cast, keeper: User) -> ApiClient:
    return client_with_key(
        KEY,
        name="水务平台",
        tenant=cast.tenant,
        owner=cast.center,
        owner_person=cast.acceptor,
        service_user=cast.dispatcher,
        scopes=["cases.read"],
    )


def data_of(program: ApiClient, **more: Any) -> ClientData:
    said: dict[str, Any] = stated(program)
    people = {"owner": program.owner, "owner_person": program.owner_person}
    return replace(ClientData(**said | people), expires_at=program.expires_at, **more)


def leave(person: User) -> None:
    Appointment.objects.filter(user=person).update(to_on=clock.today() - timedelta(days=1))


def told(person: User) -> list[str]:
    return list(Notice.objects.filter(recipient=person).values_list("title", flat=True))


def test_an_owner_is_told_of_ends_once_per_step(program: ApiClient, cast: Cast) -> None:
    program.expires_at = clock.now() + timedelta(days=20)
    program.save()
    for _twice in range(2):
        assert services.watch_clients() == 0
    assert told(cast.acceptor) == ["接口客户端“水务平台”的有效期即将到期"]
    with clock.at(clock.now() + timedelta(days=14)):
        services.watch_clients()
    assert len(told(cast.acceptor)) == 2


def test_an_owner_is_told_of_many_refusals(program: ApiClient, cast: Cast) -> None:
    call = {"client": program, "method": "GET", "path": "/", "status": 403, "duration_ms": 1}
    ApiCall.objects.bulk_create(
        ApiCall(at=clock.now(), request_id=f"{n:032x}", **call) for n in range(50)
    )
    services.watch_clients()
    assert "被拒绝过多" in told(cast.acceptor)[0]


def test_a_client_nobody_answers_for_is_suspended_until_somebody_is_named(
    program: ApiClient, keeper: User, cast: Cast
) -> None:
    leave(cast.acceptor)
    assert services.watch_clients() == 1
    assert told(keeper) == ["接口客户端“水务平台”没有责任人"]
    assert services.identify(KEY, address=None).client == program
    with clock.at(clock.now() + timedelta(days=15)):
        services.watch_clients()
        with pytest.raises(KeyRefused, match="责任人") as refusal:
            services.identify(KEY, address=None)
        assert refusal.value.reason == "suspended"
        program.refresh_from_db()
        data = data_of(program, owner_person=cast.dispatcher)
        services.edit_client(keeper, client_id=program.pk, data=data)
        assert services.identify(KEY, address=None).client == program
        assert services.watch_clients() == 0


def test_who_left_or_works_elsewhere_cannot_be_named(
    program: ApiClient, keeper: User, cast: Cast
) -> None:
    leave(cast.callback)
    for wrong in (cast.callback, cast.outsider, None):
        with pytest.raises(InvalidInput) as refusal:
            services.edit_client(
                keeper, client_id=program.pk, data=data_of(program, owner_person=wrong)
            )
        assert refusal.value.field == "owner_person"
