"""The telephones of public accounts: registered by their app, woken when a message waits.

A wake is a moment on the device's row, set with the message in its transaction: it outlives any
process, and ten messages before the worker comes are one wake. What is sent says nothing of the
citizen. Source: HL-07, HL-16.
"""

import hashlib
import logging
import time
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.http import CallFailed, check_outgoing
from apps.gateway.sealing import seal, unseal
from apps.matters.enums import Channel
from apps.messaging.models import ChannelAccount, Conversation, Device
from apps.messaging.registry import (
    AdapterError,
    DeviceGone,
    Reach,
    Waking,
    pusher_choices,
    pusher_of,
)
from apps.messaging.services.preferences import CITIZEN
from apps.messaging.services.reaching import reach_of
from apps.residents.enums import AccountState
from apps.residents.models import PublicAccount

logger = logging.getLogger(__name__)

DEVICES_MOST = 5
ENDPOINT_MOST, NAME_MOST = 1000, 60
MAX_ATTEMPTS = 6
LEASE = timedelta(minutes=2)  # longer than any adapter may take
FIRST_WAIT_S, LONGEST_WAIT_S = 15, 3600
BY_ADDRESS = "unifiedpush"


@transaction.atomic
def register_device(
    person: PublicAccount, *, way: str, endpoint: str, name: str = ""
) -> tuple[Device, bool]:
    """Will have this telephone woken from now on; True where it is new. Audited without address.

    way: a registered pusher. endpoint: the address or token it is reached by, kept sealed; one
    that another account had is this account's now. The oldest beyond five are ended. Locks the
    account. Raises: InvalidInput (fields "way", "endpoint").
    """
    endpoint = endpoint.strip()
    _check(way, endpoint)
    PublicAccount.objects.select_for_update(no_key=True).get(pk=person.pk)
    digest = digest_of(way, endpoint)
    standing = Device.objects.select_for_update(of=("self",)).filter(
        endpoint_digest=digest, ended_at=None
    )
    found = standing.first()
    if found is not None and found.account_id == person.pk:
        return found, False
    if found is not None:
        _end(found, _("已登记到另一账户"))
    device = Device.objects.create(
        account=person,
        way=way,
        endpoint_sealed=seal(endpoint),
        endpoint_digest=digest,
        name=name.strip()[:NAME_MOST],
        added_at=clock.now(),
    )
    _note("device.registered", device, {"after": {"way": way, "ended_at": None}})
    living = Device.objects.filter(account=person, ended_at=None).order_by("-id")
    for old in living[DEVICES_MOST:]:
        _end(old, _("超过设备数量上限"))
    return device, True


def _check(way: str, endpoint: str) -> None:
    if way not in dict(pusher_choices()):
        raise InvalidInput(_("没有这种推送方式"), field="way")
    if not endpoint or len(endpoint) > ENDPOINT_MOST or not endpoint.isprintable():
        raise InvalidInput(_("请填写推送地址，最多 %d 个字符") % ENDPOINT_MOST, field="endpoint")
    if way != BY_ADDRESS:
        return
    try:
        check_outgoing(endpoint)
    except (InvalidInput, CallFailed) as error:
        raise InvalidInput(_("此推送地址不在允许外联的名单内"), field="endpoint") from error


def digest_of(way: str, endpoint: str) -> str:
    """Will give what a telephone is found again by: a keyed digest of its address."""
    return salted_hmac("messaging.device", f"{way}:{endpoint}", algorithm="sha256").hexdigest()


@transaction.atomic
def remove_device(person: PublicAccount, *, device_id: int) -> None:
    """Will wake this telephone no more. Raises: NotFound (none of the account's)."""
    device = (
        Device.objects.select_for_update(of=("self",))
        .filter(pk=device_id, account=person, ended_at=None)
        .first()
    )
    if device is None:
        raise NotFound(_("没有这台设备"))
    _end(device, _("由本人移除"))


def _end(device: Device, reason: str) -> None:
    before = audit.snapshot(device, "ended_at", "end_reason")
    device.ended_at, device.end_reason = clock.now(), reason[:100]
    device.wake_at, device.endpoint_sealed = None, ""
    device.save(update_fields=["ended_at", "end_reason", "wake_at", "endpoint_sealed"])
    after = audit.snapshot(device, "ended_at", "end_reason")
    _note("device.ended", device, audit.changes(before, after))


def order_wake(conversation: Conversation) -> None:
    """Will have the telephones of an app's conversation woken; in the message's transaction."""
    word, _dash, number = conversation.outsider.partition("-")
    if word != "account" or not number.isdecimal() or conversation.account.channel != Channel.APP:
        return
    Device.objects.filter(account_id=int(number), ended_at=None).update(
        wake_at=clock.now(), attempts=0
    )


def wake_due(*, limit: int = 500, seconds: float = 8.0) -> int:
    """Will wake the telephones for which something waits and give how many; any number of workers.

    Each is claimed (SKIP LOCKED, attempt counted, two minutes of lease) and told outside a
    transaction. One that is gone at its distributor is ended; a failure that may pass is tried
    six times, then the message waits until the app asks by itself.
    """
    woken, end = 0, time.monotonic() + seconds
    for _turn in range(limit):
        device = _claim() if time.monotonic() < end else None
        if device is None:
            break
        woken += _wake(device)
    return woken


@transaction.atomic
def _claim() -> Device | None:
    device = (
        Device.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("account")
        .filter(ended_at=None, wake_at__lte=clock.now(), account__state=AccountState.ACTIVE)
        .order_by("wake_at", "id")
        .first()
    )
    if device is not None:
        device.attempts += 1
        device.wake_at = clock.now() + LEASE
        device.save(update_fields=["attempts", "wake_at"])
    return device


def _wake(device: Device) -> int:
    waking = Waking(unseal(device.endpoint_sealed), _key(device))
    try:
        pusher_of(device.way)(_reach(device), waking)
    except DeviceGone as error:
        _settle(device, gone=str(error))
        return 0
    except AdapterError as error:
        _settle(device, failed=str(error), retryable=error.retryable)
        return 0
    except Exception as error:
        logger.exception("a pusher broke its contract", extra={"device_id": device.pk})
        _settle(device, failed=type(error).__name__, retryable=True)
        return 0
    _settle(device)
    return 1


def _key(device: Device) -> str:
    moment = device.wake_at.isoformat() if device.wake_at else ""
    return hashlib.sha256(f"{device.pk}:{moment}".encode()).hexdigest()[:32]


def _reach(device: Device) -> Reach:
    found = ChannelAccount.objects.filter(
        tenant_id=device.account.tenant_id, channel=Channel.APP, is_active=True
    )
    account = found.order_by("code").first()
    return reach_of(account) if account is not None else Reach("")


@transaction.atomic
def _settle(device: Device, *, gone: str = "", failed: str = "", retryable: bool = False) -> None:
    """Writes down how a wake ended, unless another was ordered meanwhile: that one is still due."""
    row = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    if row.ended_at is not None:
        return
    if gone:
        _end(row, gone)
        return
    row.error = failed[:200]
    if row.wake_at == device.wake_at:
        again = bool(failed) and retryable and row.attempts < MAX_ATTEMPTS
        wait = min(FIRST_WAIT_S * 2 ** max(row.attempts - 1, 0), LONGEST_WAIT_S)
        row.wake_at = clock.now() + timedelta(seconds=wait) if again else None
        row.attempts = row.attempts if again else 0
    if not failed:
        row.woken_at = clock.now()
    row.save(update_fields=["error", "wake_at", "attempts", "woken_at"])


def _note(action: str, device: Device, data: Mapping[str, object]) -> None:
    audit.record(
        CITIZEN,
        action,
        object_type="messaging.device",
        object_id=device.pk,
        object_label=device.name,
        data={**data, "account": device.account_id},
    )
