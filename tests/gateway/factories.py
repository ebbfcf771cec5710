from typing import Any

import factory

from apps.accounts.models import Tenant, User
from apps.audit.services import SYSTEM
from apps.common import clock, tokens
from apps.gateway import services
from apps.gateway.models import ApiClient, ApiKey


class TenantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tenant

    code = factory.Sequence(lambda n: f"tenant{n}")
    name = "示范市政府"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"account{n}")
    full_name = "网约平台"


def issue(**more):
    """Issues a client by the installation itself; gives client and key."""
    values = {
        "name": "随手拍小程序",
        "tenant": TenantFactory(),
        "service_user": UserFactory(),
        "scopes": ["cases.report"],
    }
    return services.issue_client(SYSTEM, **values | more)


def client_with_key(key: str = "", **fields: Any) -> ApiClient:
    """Lays down a client directly. key: its key, ``<prefix>.<secret>``; none without one."""
    client = ApiClient.objects.create(**{"created_at": clock.now()} | fields)
    if key:
        prefix, _dot, secret = key.partition(".")
        ApiKey.objects.create(
            client=client, prefix=prefix, digest=tokens.digest(secret), issued_at=clock.now()
        )
    return client
