"""Devices made readers of tags. Source: IO-14."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import InvalidInput, NotFound
from apps.sensing.models import Device
from apps.tagging.enums import Direction, ReaderKind
from apps.tagging.models import Reader
from apps.tagging.permissions import require_keep_in
from apps.tagging.sent import MOST_ANTENNA

_NUMBER = re.compile(r"[1-9][0-9]?")
_SHOWN = ("kind", "antennas", "window_s")


@dataclass(frozen=True)
class ReaderSpec:
    """A reader as it shall be; see ``Reader``. window_s: of a fixed one only."""

    device: Device
    kind: str
    antennas: Mapping[str, str] = field(default_factory=dict)
    window_s: int = 60


@transaction.atomic
def save_reader(actor: Actor, *, spec: ReaderSpec, reader_id: int | None = None) -> Reader:
    """Will write a reader, new or over the one given; what it folded before stays as it is.

    The device of a reader does not change. Locks the reader.
    Raises: NotAllowed (no right over where it stands); NotFound; InvalidInput ("device", "kind",
        "antennas", "window_s").
    """
    require_keep_in(actor, spec.device.asset.area)
    known = _lock(actor, reader_id) if reader_id is not None else None
    _check(spec, known)
    reader = known or Reader(device=spec.device)
    before = audit.snapshot(reader, *_SHOWN) if known else {}
    reader.kind, reader.antennas = spec.kind, dict(spec.antennas)
    reader.window_s = spec.window_s if spec.kind == ReaderKind.FIXED else 0
    try:
        with transaction.atomic():
            reader.save()
    except IntegrityError as error:
        raise InvalidInput(_("该设备已登记为读写器"), field="device") from error
    changes: dict[str, Any] = audit.changes(before, audit.snapshot(reader, *_SHOWN))
    action = "tag_reader.changed" if known else "tag_reader.registered"
    audit.record_row(actor, action, reader, **changes)
    return reader


def _lock(actor: Actor, reader_id: int) -> Reader:
    found = Reader.objects.select_for_update(of=("self",)).select_related("device__asset__area")
    reader = found.filter(pk=reader_id).first()
    if reader is None:
        raise NotFound(_("没有这个读写器"))
    require_keep_in(actor, reader.device.asset.area)
    return reader


def _check(spec: ReaderSpec, known: Reader | None) -> None:
    if known is not None and known.device_id != spec.device.pk:
        raise InvalidInput(_("读写器的设备不能更换，请另行登记"), field="device")
    if spec.kind not in ReaderKind.values:
        raise InvalidInput(_("请选择类型"), field="kind")
    if spec.kind == ReaderKind.FIXED and not 1 <= spec.window_s <= 3600:
        raise InvalidInput(_("合并间隔应为 1 至 3600 秒"), field="window_s")
    for number, direction in spec.antennas.items():
        if not _NUMBER.fullmatch(number) or int(number) > MOST_ANTENNA:
            raise InvalidInput(_("天线编号应为 1 至 %(n)d") % {"n": MOST_ANTENNA}, field="antennas")
        if direction not in Direction.values:
            raise InvalidInput(_("天线方向应为“进”或“出”"), field="antennas")
