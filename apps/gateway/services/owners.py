"""Somebody answers for every client: who left, what runs out, what goes wrong. Source: GW-01.

Looked at every hour. Each thing is told once per client and step; telling nobody because
nobody is left is told to those who manage the clients of the body.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force, users_with_permission
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.gateway.models import ApiCall, ApiClient
from apps.gateway.services.guarding import MANAGE_CLIENTS, note_client
from apps.notices import services as notices

#: Days before an end at which it is told.
STEPS = (30, 7, 1)
#: So many refused calls of one client in an hour are told to its owner.
REFUSED_MOST = 50
_HOUR = timedelta(hours=1)


def watch_clients() -> int:
    """Will look at every client in use and give the number of those nobody answers for."""
    found = ApiClient.objects.filter(revoked_at=None).order_by("pk")
    ownerless = 0
    for client_id in list(found.values_list("pk", flat=True)):
        with override("zh-hans"):
            ownerless += _look_at(client_id)
    return ownerless


def is_answered_for(client: ApiClient) -> bool:
    """Will tell whether the person named still works for the body."""
    person = client.owner_person
    if person is None or not person.is_active:
        return False
    held = appointments_in_force(person)
    return held.filter(post__organization__tenant_id=client.tenant_id).exists()


def suspends_at(client: ApiClient) -> datetime | None:
    """Will say when a client nobody answers for is suspended; None: somebody does."""
    if client.ownerless_since is None:
        return None
    return client.ownerless_since + timedelta(days=settings.API_OWNER_GRACE_DAYS)


@transaction.atomic
def _look_at(client_id: int) -> bool:
    client = (
        ApiClient.objects.select_for_update(of=("self",))
        .select_related("owner_person", "owner")
        .get(pk=client_id)
    )
    _tell_ends(client)
    _tell_refusals(client)
    if is_answered_for(client):
        if client.ownerless_since is not None and client.suspended_at is None:
            client.ownerless_since = None
            client.save(update_fields=["ownerless_since"])
        return False
    if client.ownerless_since is None:
        client.ownerless_since = clock.now()
        client.save(update_fields=["ownerless_since"])
        note_client(SYSTEM, "api_client.ownerless", client)
        until = suspends_at(client)
        _tell_managers(
            client,
            "ownerless",
            _("接口客户端“%s”没有责任人") % client.name,
            _("请在 %s 前指定，否则将暂停调用。") % f"{until:%Y-%m-%d}",
        )
    elif client.suspended_at is None and clock.now() >= (suspends_at(client) or clock.now()):
        client.suspended_at = clock.now()
        client.save(update_fields=["suspended_at"])
        note_client(SYSTEM, "api_client.suspended", client, reason="ownerless")
        _tell_managers(
            client,
            "suspended",
            _("接口客户端“%s”已暂停") % client.name,
            _("逾期未指定责任人；指定后恢复调用。"),
        )
    return True


def _tell_ends(client: ApiClient) -> None:
    moment = clock.now()
    for name, what, at in _ends(client):
        left = at - moment
        step = min((s for s in STEPS if left <= timedelta(days=s)), default=None)
        if step is None or left < timedelta():
            continue
        _tell_owner(
            client,
            f"{name}-{at:%Y%m%d}-{step}",
            _("接口客户端“%(client)s”的%(what)s即将到期") % {"client": client.name, "what": what},
            _("到期时间：%s") % f"{timezone.localtime(at):%Y-%m-%d %H:%M}",
        )


def _ends(client: ApiClient) -> Iterator[tuple[str, str, datetime]]:
    if client.expires_at is not None:
        yield "client", _("有效期"), client.expires_at
    if client.clear_fields and client.clear_until is not None:
        yield "clear", _("未脱敏授权"), client.clear_until
    moment = clock.now()
    for key in client.keys.filter(ends_at__gt=moment):
        yield f"key-{key.pk}", _("接口密钥 %s ") % key.prefix, key.ends_at or moment
    alive = Q(ends_at=None) | Q(ends_at__gt=moment)
    for found in client.certificates.filter(alive, not_after__gt=moment):
        yield f"certificate-{found.pk}", _("客户端证书"), found.not_after


def _tell_refusals(client: ApiClient) -> None:
    moment = clock.now()
    refused = ApiCall.objects.filter(client=client, at__gte=moment - _HOUR, status__gte=400)
    count = refused.count()
    if count >= REFUSED_MOST:
        _tell_owner(
            client,
            f"refused-{moment:%Y%m%d%H}",
            _("接口客户端“%s”近一小时被拒绝过多") % client.name,
            _("共 %d 次调用被拒绝或出错，请核对密钥、授权和配额。") % count,
        )


def _tell_owner(client: ApiClient, key: str, title: str, body: str) -> None:
    if client.owner_person is None or not client.owner_person.is_active:
        _tell_managers(client, key, title, body)
        return
    _tell([client.owner_person], client, key, title, body)


def _tell_managers(client: ApiClient, key: str, title: str, body: str) -> None:
    found = users_with_permission(MANAGE_CLIENTS)
    if client.owner is not None:
        near = users_with_permission(MANAGE_CLIENTS, organization=client.owner)
        found = near if near.exists() else found
    held = [
        user
        for user in found
        if appointments_in_force(user)
        .filter(post__organization__tenant_id=client.tenant_id)
        .exists()
    ]
    _tell(held, client, key, title, body)


def _tell(people: list[User], client: ApiClient, key: str, title: str, body: str) -> None:
    page = reverse("clients:client-detail", args=[client.pk])
    for person in people:  # whoever answers for a client need not be one who manages them
        notices.notify(
            recipients=[person],
            kind="exchange",
            title=title,
            body=body,
            url=page if person.has_perm(MANAGE_CLIENTS) else "",
            key=f"client-{client.pk}-{key}",
        )
