"""What devices prove themselves with: given once, kept as a digest. Source: IO-20."""

import secrets
import string
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.audit.services import Actor
from apps.common import clock, tokens
from apps.common.errors import NotFound
from apps.mqtt import services as mqtt
from apps.sensing.models import Device, DeviceKey
from apps.sensing.services.devices import lock_device, note

OVERLAP = timedelta(days=7)  # how long a replaced key stays valid beside the new one
_CHARACTERS = string.ascii_lowercase + string.digits


@transaction.atomic
def rotate_key(actor: Actor, *, device_id: int, overlap: timedelta = OVERLAP) -> str:
    """Will give a device a new key, this once, and let the newest old one run out.

    overlap: how long that stays valid; all older ones end now, so at most two are live. Locks
    the device; audited. Raises: NotFound; NotAllowed.
    """
    device = lock_device(actor, device_id)
    moment = clock.now()
    live = DeviceKey.objects.filter(Q(ends_at=None) | Q(ends_at__gt=moment), device=device)
    for number, old in enumerate(live.order_by("-issued_at", "-pk")):
        until = moment + overlap if number == 0 else moment
        if old.ends_at is None or old.ends_at > until:
            old.ends_at = until
            old.save(update_fields=["ends_at"])
            mqtt.end_login(key=old.prefix, ends_at=until)
    prefix, key = _issue(device, actor.display_name, moment)
    note(actor, "device.key_rotated", device, key=prefix)
    return key


def issue_first_key(device: Device, *, issued_by_name: str) -> str:
    """Will give a device just entered its key, for a deed that has asked for the right.

    The deed records it itself.
    """
    return _issue(device, issued_by_name, clock.now())[1]


def _issue(device: Device, issued_by_name: str, moment: datetime) -> tuple[str, str]:
    """Prefix and whole key; the same key is the password at the broker."""
    secret = tokens.new_token()
    prefix = "".join(secrets.choice(_CHARACTERS) for _place in range(12))
    DeviceKey.objects.create(
        device=device,
        prefix=prefix,
        digest=tokens.digest(secret),
        issued_at=moment,
        issued_by_name=issued_by_name[:100],
    )
    key = f"{prefix}.{secret}"
    mqtt.grant_login(key=prefix, node=device.node, secret=key)
    if not device.is_active:
        mqtt.suspend_logins(node=device.node, is_suspended=True)
    return prefix, key


@transaction.atomic
def end_key(actor: Actor, *, device_id: int, key_id: int) -> DeviceKey:
    """Will end one key at once; a second time changes nothing. Locks the device; audited.

    Raises: NotFound (the device, or no key of it); NotAllowed.
    """
    device = lock_device(actor, device_id)
    key = device.keys.filter(pk=key_id).first()
    if key is None:
        raise NotFound(_("没有这个凭据"))
    if key.ends_at is None or key.ends_at > clock.now():
        key.ends_at = clock.now()
        key.save(update_fields=["ends_at"])
        mqtt.end_login(key=key.prefix, ends_at=key.ends_at)
        note(actor, "device.key_ended", device, key=key.prefix)
    return key


def device_of_key(key: str) -> Device | None:
    """Will give the device a key of the form prefix.secret belongs to, if it is live.

    Takes as long for an unknown prefix as for a known one.
    """
    prefix, _dot, secret = key.partition(".")
    found = DeviceKey.objects.select_related("device").filter(prefix=prefix[:12]).first()
    is_right = tokens.matches(secret, found.digest if found else "0" * 64)
    if found is None or not is_right:
        return None
    return found.device if found.ends_at is None or found.ends_at > clock.now() else None
