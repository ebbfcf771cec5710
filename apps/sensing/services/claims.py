"""Devices that enter themselves: codes made for them, given once, used once. Source: IO-20.

A code is 24 characters people can read aloud: eight name it, sixteen (80 bits) prove it. Kept as
a digest; what is wrong with a code that is not taken is never said.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.assets.services import AssetSpec
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock, tokens
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.places.models import Area
from apps.sensing import permissions
from apps.sensing.models import ClaimBatch, ClaimCode, Device, DeviceProfile
from apps.sensing.services.devices import (
    NewDevice,
    note,
    place_device,
    register_device,
)
from apps.sensing.services.keys import issue_first_key

MOST_CODES = 500
_PREFIX = 8
_LENGTH = 24
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none is taken for another
_MISREAD = str.maketrans("OIL", "011", "- ")


@dataclass(frozen=True)
class ClaimSpec:
    """A batch to make. area: in which the devices will stand; ends_at: aware."""

    name: str
    profile: DeviceProfile
    area: Area
    count: int
    ends_at: datetime
    owner_unit: Organization | None = None
    point: Point | None = None


@dataclass(frozen=True)
class Claimed:
    """A device that entered itself, with its key, given this once."""

    device: Device
    key: str


@transaction.atomic
def make_batch(actor: Actor, *, spec: ClaimSpec) -> tuple[ClaimBatch, list[str]]:
    """Will make codes and give them, this once. Audited without the codes.

    Raises: NotAllowed; InvalidInput (fields "count", "ends_at", "profile", "area").
    """
    permissions.require_keep_in(actor, spec.area)
    if not 1 <= spec.count <= MOST_CODES:
        raise InvalidInput(_("一次可生成 1 到 %(n)d 个领取码") % {"n": MOST_CODES}, field="count")
    if spec.ends_at <= clock.now():
        raise InvalidInput(_("有效期须在今天之后"), field="ends_at")
    if not spec.profile.is_active:
        raise InvalidInput(_("该设备型号已停用"), field="profile")
    if spec.point is None and spec.area.center is None:
        raise InvalidInput(_("该区域没有边界，请指定位置"), field="area")
    batch = ClaimBatch.objects.create(
        name=spec.name,
        profile=spec.profile,
        area=spec.area,
        owner_unit=spec.owner_unit,
        point=spec.point,
        ends_at=spec.ends_at,
        made_by_name=actor.display_name[:100],
        made_at=clock.now(),
    )
    codes = [
        "".join(secrets.choice(_SIGNS) for _place in range(_LENGTH)) for _n in range(spec.count)
    ]
    ClaimCode.objects.bulk_create(
        [
            ClaimCode(batch=batch, prefix=code[:_PREFIX], digest=tokens.digest(code))
            for code in codes
        ]
    )
    _note_batch(actor, "claims.made", batch, count=spec.count)
    return batch, [_readable(code) for code in codes]


@transaction.atomic
def end_batch(actor: Actor, *, batch_id: int) -> ClaimBatch:
    """Will end the codes nobody has used; twice is harmless. Locks the batch.

    Raises: NotFound; NotAllowed.
    """
    batch = (
        ClaimBatch.objects.select_for_update(of=("self",))
        .select_related("area")
        .filter(pk=batch_id)
        .first()
    )
    if batch is None:
        raise NotFound(_("没有这批领取码"))
    permissions.require_keep_in(actor, batch.area)
    now = clock.now()
    if batch.ends_at > now:
        before = audit.snapshot(batch, "ends_at")
        batch.ends_at = now
        batch.save(update_fields=["ends_at"])
        _note_batch(
            actor, "claims.ended", batch, **audit.changes(before, audit.snapshot(batch, "ends_at"))
        )
    return batch


@transaction.atomic
def claim_device(*, code: str, node: str) -> Claimed:
    """Will enter the device that brings a code, and give it its key. Locks the code.

    Without a place of the batch it stands in the middle of the area until somebody places it.
    Raises: NotAllowed (no such code, used, or out of date: all the same); InvalidInput (field
    "node"), the code stays good.
    """
    plain = code.upper().translate(_MISREAD)
    found = (
        ClaimCode.objects.select_for_update(of=("self",))
        .select_related("batch__profile", "batch__area", "batch__owner_unit")
        .filter(prefix=plain[:_PREFIX])
        .first()
    )
    is_right = tokens.matches(plain, found.digest if found else "0" * 64)
    now = clock.now()
    if found is None or not is_right or found.device_id or found.batch.ends_at <= now:
        raise NotAllowed(_("领取码无效、已使用或已过期"), code="bad_claim")
    batch = found.batch
    where = batch.point or batch.area.center
    if where is None:
        raise NotAllowed(_("领取码无效、已使用或已过期"), code="bad_claim")
    spec = AssetSpec(
        batch.profile.asset_class,
        f"{batch.profile.name} {node}"[:80],
        where,
        owner_unit=batch.owner_unit,
        source=batch.name,
    )
    device = register_device(SYSTEM, new=NewDevice(batch.profile, node, spec))
    found.device, found.used_at, found.is_placed = device, now, batch.point is not None
    found.save(update_fields=["device", "used_at", "is_placed"])
    key = issue_first_key(device, issued_by_name=_("领取码 %(code)s") % {"code": found.prefix})
    note(SYSTEM, "device.claimed", device, code=found.prefix, batch=batch.pk)
    return Claimed(device, key)


@transaction.atomic
def place_claimed(actor: Actor, *, device_id: int, point: Point) -> Device:
    """Will put a device that entered itself where it stands. Locks its code, then the device.

    Raises: NotFound (or it did not enter itself); NotAllowed (there or here); InvalidInput
        (field "point").
    """
    claim = ClaimCode.objects.select_for_update().filter(device_id=device_id).first()
    if claim is None:
        raise NotFound(_("没有这台待定位的设备"))
    device = place_device(actor, device_id=device_id, where=point)
    claim.is_placed = True
    claim.save(update_fields=["is_placed"])
    return device


def _new_code() -> str:
    return "".join(secrets.choice(_SIGNS) for _place in range(_LENGTH))


def _readable(code: str) -> str:
    return "-".join(code[place : place + 4] for place in range(0, _LENGTH, 4))


def _note_batch(actor: Actor, action: str, batch: ClaimBatch, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="claim_batch",
        object_id=batch.pk,
        object_label=batch.name,
        data=dict(data),
    )
