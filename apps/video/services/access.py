"""A camera reached: a stream to open, a picture taken, a head turned. For higher apps and pages.

Nothing is called within a transaction; how a way answered is noted after it. Source: VD-01,
VD-03, VD-06.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.video.adapters import ADAPTERS, Preset, Stream, Way
from apps.video.enums import Protocol
from apps.video.errors import NoPicture
from apps.video.models import Camera, Source
from apps.video.networks import check_url
from apps.video.services.registering import lock_camera, note
from apps.video.services.sources import opened

T = TypeVar("T")


@dataclass(frozen=True)
class Taken:
    """One picture of a camera. content: JPEG or PNG, as it came, bounded, not yet decoded."""

    content: bytes = field(repr=False)
    at: datetime
    source_id: int


def open_stream(camera: Camera) -> Stream:
    """Will give what a decoder opens for this camera, by the first way in use that can stream.

    Nothing is connected here but what a protocol needs to learn the address (ONVIF, gateways).
    The result bears credentials: it goes to the decoder's process and nowhere else.
    Raises: NoPicture (the reason of the last way tried).
    """
    return first_way(camera, _stream)


def take_picture(camera: Camera) -> Taken:
    """Will fetch one picture by the first way in use that gives stills.

    Raises: NoPicture (``unsupported`` where only streams are there: decode one instead).
    """

    def fetch(source: Source, way: Way) -> Taken:
        picture = ADAPTERS[source.protocol].picture
        if picture is None:
            raise NoPicture("unsupported")
        return Taken(picture(way), clock.now(), source.pk)

    return first_way(camera, fetch)


def check_source(source: Source) -> None:
    """Will ask one way whether it answers, and note how. Raises: NoPicture."""
    _tried(source, lambda way: ADAPTERS[source.protocol].check(way))


def list_presets(camera: Camera) -> list[Preset]:
    """Will ask the head of a camera what places it can turn to. Raises: NoPicture."""

    def ask(source: Source, way: Way) -> list[Preset]:
        presets = ADAPTERS[source.protocol].presets
        if presets is None:
            raise NoPicture("unsupported")
        return presets(way)

    return first_way(camera, ask)


def go_to_preset(actor: Actor, *, camera_id: int, token: str, reason: str) -> None:
    """Will turn the head of a camera to one of its places; audited.

    Raises: NotFound; NotAllowed (no keeper there); NoPicture.
    """
    camera = _kept(actor, camera_id)

    def turn(source: Source, way: Way) -> bool:
        go_to = ADAPTERS[source.protocol].go_to
        if go_to is None:
            raise NoPicture("unsupported")
        go_to(way, token)
        return True

    first_way(camera, turn)
    note(actor, "camera.turned", camera, preset=token, reason=reason[:200])


def way_of(source: Source) -> Way:
    """Will open a way: its address judged again, its credentials unsealed.

    Raises: NoPicture (``address_refused``: the networks were narrowed since; ``not_found``).
    """
    if source.protocol == Protocol.FILE:
        path = str(Path(settings.MEDIA_ROOT) / source.file.path) if source.file else ""
        return Way(path=path)
    told = opened(source.secret)
    base, token = source.url, ""
    if source.protocol == Protocol.GB28181:
        if source.platform is None or not source.platform.is_active:
            raise NoPicture("no_source")
        base, token = source.platform.url, opened(source.platform.secret).get("token", "")
    try:
        place = check_url(base, schemes=("rtsp", "http", "https"))
    except InvalidInput as error:
        raise NoPicture("address_refused") from error
    return Way(
        place, told.get("username", ""), told.get("password", ""), source.channel_id,
        source.profile, token,
    )  # fmt: skip


def _kept(actor: Actor, camera_id: int) -> Camera:
    with transaction.atomic():
        return lock_camera(actor, camera_id)


def _stream(source: Source, way: Way) -> Stream:
    stream = ADAPTERS[source.protocol].stream
    if stream is None:
        raise NoPicture("unsupported")
    return stream(way)


def _ways(camera: Camera) -> Iterator[Source]:
    found = camera.sources.filter(is_active=True).select_related("platform", "file")
    yield from found.order_by("position", "pk")


def first_way(camera: Camera, do: Callable[[Source, Way], T]) -> T:
    """Will do a thing by the first way in use that can, and note how each one tried answered.

    A way that cannot do it at all is no failure of the camera. Not within a transaction.
    Raises: NoPicture (of the last way tried).
    """
    last = NoPicture("no_source")
    for source in _ways(camera):
        try:
            return _tried(source, partial(do, source))
        except NoPicture as refusal:
            if refusal.code != "unsupported" or last.code == "no_source":
                last = refusal
    raise last


def _tried(source: Source, do: Callable[[Way], T]) -> T:
    try:
        found = do(way_of(source))
    except NoPicture as refusal:
        if refusal.code != "unsupported":
            _remember(source, str(refusal))
        raise
    except DomainError as error:
        _remember(source, str(error))
        raise NoPicture("no_source", _("凭据无法解密")) from error
    _remember(source, "")
    return found


def _remember(source: Source, error: str) -> None:
    Source.objects.filter(pk=source.pk).update(tried_at=clock.now(), last_error=error[:200])
