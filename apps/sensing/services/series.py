"""One more series of one device: its kind is open, or somebody who keeps kinds adds the field."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import Actor
from apps.common.errors import InvalidInput
from apps.sensing import permissions
from apps.sensing.enums import OPEN_PROFILE, FieldKind
from apps.sensing.models import Datastream, Device, DeviceProfile, ProfileField
from apps.sensing.services.devices import lock_device, note
from apps.sensing.services.profiles import FieldSpec

_CODE = re.compile(r"[a-z0-9_\-]{1,32}")


@transaction.atomic
def add_series(actor: Actor, *, device_id: int, spec: FieldSpec) -> Datastream:
    """Will give a device one more series, under a field of its kind that is alike, or a new one.

    Alike is a field of the same code (or the code and a number), unit and type that the device
    has no series of yet. Other devices get none. Locks the device and its kind.
    Raises: NotFound; NotAllowed (not a duty area of the actor; a field of a kind that is not
        open is added by those who keep the kinds); InvalidInput (field "code").
    """
    device = lock_device(actor, device_id)
    if not _CODE.fullmatch(spec.code):
        raise InvalidInput(_("字段代码只能用小写字母、数字、下划线和连字符"), field="code")
    profile = DeviceProfile.objects.select_for_update().get(pk=device.profile_id)
    if profile.code != OPEN_PROFILE:
        permissions.require_keep_profiles(actor)
    field = _alike(device, spec) or _new(profile, spec)
    series = Datastream.objects.create(device=device, field=field)
    note(actor, "device.series_added", device, field=field.code, unit=field.unit)
    return series


def _alike(device: Device, spec: FieldSpec) -> ProfileField | None:
    numbered = re.compile(rf"{re.escape(spec.code)}(-\d+)?")
    fields = ProfileField.objects.filter(
        profile_id=device.profile_id, code__startswith=spec.code, unit=spec.unit, kind=spec.kind
    ).exclude(pk__in=Datastream.objects.filter(device=device).values("field_id"))
    alike = (each for each in fields.order_by("pk") if numbered.fullmatch(each.code))
    return next(
        (each for each in alike if each.kind != FieldKind.CATEGORY or not each.choices), None
    )


def _new(profile: DeviceProfile, spec: FieldSpec) -> ProfileField:
    taken = set(profile.fields.filter(code__startswith=spec.code).values_list("code", flat=True))
    code, number = spec.code, 1
    while code in taken:
        number += 1
        code = f"{spec.code}-{number}"
    return ProfileField.objects.create(
        profile=profile,
        code=code,
        name=spec.name,
        unit=spec.unit,
        kind=spec.kind,
        precision=spec.precision,
        position=profile.fields.count(),
    )
