"""Ways to a camera's picture, recorders and platforms: written by keepers, secrets sealed.

Source: VD-01, VD-04, VD-14.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.gateway.sealing import seal, unseal
from apps.places.models import Area
from apps.video import clips, permissions
from apps.video.codes import RECORDER_KINDS, read_code
from apps.video.enums import PlatformKind, Protocol, RecorderKind
from apps.video.models import Camera, Platform, Recorder, Source
from apps.video.networks import check_url
from apps.video.services.registering import lock_camera, note

MOST_SOURCES = 6
_SCHEMES = {
    Protocol.RTSP: ("rtsp",),
    Protocol.HTTP_PICTURE: ("http", "https"),
    Protocol.HTTP_STREAM: ("http", "https"),
    Protocol.ONVIF: ("http", "https"),
}


@dataclass(frozen=True)
class SourceSpec:
    """A way as it shall be; see ``Source``. secret: None keeps the one there is."""

    protocol: str
    url: str = ""
    platform: Platform | None = None
    channel_id: str = ""
    profile: str = ""
    file: StoredFile | None = None
    position: int = 0
    is_active: bool = True
    secret: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class RecorderSpec:
    """A recorder as it shall be; see ``Recorder``. secret: None keeps the one there is."""

    name: str
    gb_code: str
    unit: Organization
    area: Area
    kind: str = RecorderKind.NVR
    maker: str = ""
    url: str = ""
    channels: int = 16
    concurrency: int = 2
    asset: Asset | None = None
    is_active: bool = True
    secret: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class PlatformSpec:
    """A platform as it shall be; see ``Platform``. secret: None keeps the one there is."""

    name: str
    kind: str
    url: str
    unit: Organization
    area: Area
    pulls: bool = False
    pushes: bool = False
    is_active: bool = True
    secret: Mapping[str, str] | None = field(default=None, repr=False)


@transaction.atomic
def save_source(
    actor: Actor, *, camera_id: int, spec: SourceSpec, source_id: int | None = None
) -> Source:
    """Will write a way to a camera, new or over the one given. Locks the camera.

    A way that is sent to another address loses the secret it had, unless one is given with it:
    a password is never carried to a place its owner did not name.
    Raises: NotFound; NotAllowed; InvalidInput (fields "url", "platform", "channel_id", "file");
        Refused (six there).
    """
    camera = lock_camera(actor, camera_id)
    source = _source_of(camera, source_id)
    if source_id is None and camera.sources.count() >= MOST_SOURCES:
        raise Refused(_("每台摄像机最多 %d 种取流方式") % MOST_SOURCES)
    url = _checked_url(spec)
    before = _source_document(source) if source_id else {}
    was = source.url
    for name in ("protocol", "platform", "channel_id", "profile", "file", "position", "is_active"):
        setattr(source, name, getattr(spec, name))
    source.url, source.last_error, source.tried_at = url, "", None
    if spec.secret is not None:
        source.secret = sealed(spec.secret)
    elif _elsewhere(was, url):
        source.secret = ""
    source.save()
    changed = audit.document_changes(before, _source_document(source))
    note(actor, "camera_source.saved", camera, source=source.pk, **changed,
         secret_given=spec.secret is not None)  # fmt: skip
    return source


@transaction.atomic
def add_clip(actor: Actor, *, camera_id: int, upload: File) -> Source:
    """Will keep an uploaded clip as a way to a camera; checked by its bytes, not decoded.

    Raises: NotFound; NotAllowed; InvalidInput (field "file": too large, no video); Refused.
    """
    lock_camera(actor, camera_id)
    stored = clips.keep(upload, allow=frozenset({"video"})).file
    return save_source(
        actor, camera_id=camera_id, spec=SourceSpec(Protocol.FILE, file=stored, position=9)
    )


@transaction.atomic
def drop_source(actor: Actor, *, camera_id: int, source_id: int) -> None:
    """Will forget a way to a camera; twice is harmless. Raises: NotFound (camera); NotAllowed."""
    camera = lock_camera(actor, camera_id)
    source = camera.sources.filter(pk=source_id).first()
    if source is not None:
        last = _source_document(source)
        source.delete()
        note(actor, "camera_source.dropped", camera, source=source_id, before=last)


@transaction.atomic
def save_recorder(actor: Actor, *, spec: RecorderSpec, recorder_id: int | None = None) -> Recorder:
    """Will write a recorder, new or over the one given. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (fields "gb_code", "url", "channels").
    """
    permissions.require_keep_in(actor, spec.area)
    recorder = _lock_recorder(actor, recorder_id) if recorder_id else Recorder()
    read_code(spec.gb_code, kinds=RECORDER_KINDS)
    if Recorder.objects.filter(gb_code=spec.gb_code).exclude(pk=recorder.pk).exists():
        raise InvalidInput(_("国标编码已被登记"), field="gb_code")
    url = check_url(spec.url, schemes=("http", "https")).url if spec.url else ""
    top = max(_channels_of(recorder), default=0) if recorder_id else 0
    if spec.channels < top:
        raise InvalidInput(_("第 %d 通道已接有摄像机") % top, field="channels")
    names = ("name", "gb_code", "kind", "maker", "channels", "concurrency", "is_active")
    shown = (*names, "url", "unit_id", "area_id", "asset_id")
    before = audit.snapshot(recorder, *shown) if recorder.pk else {}
    was = recorder.url
    for name in (*names, "unit", "area", "asset"):
        setattr(recorder, name, getattr(spec, name))
    recorder.url = url
    if spec.secret is not None:
        recorder.secret = sealed(spec.secret)
    elif _elsewhere(was, url):
        recorder.secret = ""
    recorder.created_at = recorder.created_at or clock.now()
    recorder.save()
    data = audit.document_changes(before, audit.snapshot(recorder, *shown))
    audit.record(
        actor, "recorder.saved", object_type="recorder", object_id=recorder.pk,
        object_label=recorder.name, data={**data, "secret_given": spec.secret is not None},
    )  # fmt: skip
    return recorder


@transaction.atomic
def save_platform(actor: Actor, *, spec: PlatformSpec, platform_id: int | None = None) -> Platform:
    """Will write a platform, new or over the one given. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (fields "url", "pulls").
    """
    permissions.require_keep_in(actor, spec.area)
    platform = _lock_platform(actor, platform_id) if platform_id else Platform()
    url = check_url(spec.url, schemes=("http", "https")).url.rstrip("/")
    same = Platform.objects.filter(kind=spec.kind, url=url).exclude(pk=platform.pk)
    if same.exists():
        raise InvalidInput(_("该地址已登记为视频平台"), field="url")
    if spec.kind == PlatformKind.GATEWAY and spec.pushes:
        raise InvalidInput(_("网关只提供目录，不接收上报"), field="pushes")
    shown = ("name", "kind", "url", "unit_id", "area_id", "pulls", "pushes", "is_active")
    before = audit.snapshot(platform, *shown) if platform.pk else {}
    was = platform.url
    for name in ("name", "kind", "unit", "area", "pulls", "pushes", "is_active"):
        setattr(platform, name, getattr(spec, name))
    platform.url = url
    if spec.secret is not None:
        platform.secret = sealed(spec.secret)
    elif _elsewhere(was, url):
        platform.secret = ""
    platform.created_at = platform.created_at or clock.now()
    platform.save()
    data = audit.document_changes(before, audit.snapshot(platform, *shown))
    audit.record(
        actor, "video_platform.saved", object_type="video_platform", object_id=platform.pk,
        object_label=platform.name, data={**data, "secret_given": spec.secret is not None},
    )  # fmt: skip
    return platform


def sealed(secret: Mapping[str, str]) -> str:
    """Will encrypt credentials for the database; "" where there are none."""
    given = {name: value for name, value in secret.items() if value}
    return seal(json.dumps(given, sort_keys=True)) if given else ""


def opened(secret: str) -> dict[str, str]:
    """Will give sealed credentials back. Raises: Refused (the key of the city was changed)."""
    found: dict[str, str] = json.loads(unseal(secret)) if secret else {}
    return found


def _source_of(camera: Camera, pk: int | None) -> Source:
    if pk is None:
        return Source(camera=camera)
    found = camera.sources.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这种取流方式"))
    return found


def _elsewhere(was: str, now: str) -> bool:
    """Whether a secret would be carried to another host or port."""
    return bool(was) and was.split("/")[:3] != now.split("/")[:3]


def _checked_url(spec: SourceSpec) -> str:
    if spec.protocol == Protocol.FILE:
        if spec.file is None:
            raise InvalidInput(_("请上传视频文件"), field="file")
        return ""
    if spec.protocol == Protocol.GB28181:
        if spec.platform is None or spec.platform.kind != PlatformKind.GATEWAY:
            raise InvalidInput(_("请选择 GB/T 28181 网关"), field="platform")
        parts = spec.channel_id.split("/")
        if len(parts) != 2 or not all(part.isdecimal() and len(part) == 20 for part in parts):
            raise InvalidInput(_("通道编码应为“设备编码/通道编码”，各 20 位"), field="channel_id")
        return ""
    if spec.protocol not in _SCHEMES:
        raise InvalidInput(_("没有这种接入方式"), field="protocol")
    return check_url(spec.url, schemes=_SCHEMES[Protocol(spec.protocol)]).url


def _source_document(source: Source) -> dict[str, Any]:
    return audit.snapshot(
        source, "protocol", "url", "platform_id", "channel_id", "profile", "file_id", "position",
        "is_active",
    )  # fmt: skip


def _channels_of(recorder: Recorder) -> Sequence[int]:
    used = recorder.cameras.filter(channel__isnull=False).values_list("channel", flat=True)
    return [channel for channel in used if channel is not None]


def _lock_recorder(actor: Actor, pk: int) -> Recorder:
    found = Recorder.objects.select_for_update(of=("self",)).select_related("area").filter(pk=pk)
    recorder = found.first()
    if recorder is None:
        raise NotFound(_("没有这台录像机"))
    permissions.require_keep_in(actor, recorder.area)
    return recorder


def _lock_platform(actor: Actor, pk: int) -> Platform:
    found = Platform.objects.select_for_update(of=("self",)).select_related("area").filter(pk=pk)
    platform = found.first()
    if platform is None:
        raise NotFound(_("没有这个视频平台"))
    permissions.require_keep_in(actor, platform.area)
    return platform
