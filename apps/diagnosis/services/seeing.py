"""A camera looked at for some seconds: pictures and times, or why there are none.

Two steps, so that many cameras are looked at side by side: ``open_eye`` asks the register and
the network, in the worker's own thread; ``watch`` decodes and measures, in any thread, and
touches no row. Source: VD-06, docs/decisions/0066.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO

import numpy as np
from django.utils import timezone
from PIL import Image

from apps.common import clock
from apps.common.errors import DomainError
from apps.common.files import open_stored
from apps.decoding.enums import Ending
from apps.decoding.services import Facts, Frame, Limits, Picture, Source, frames
from apps.diagnosis.thresholds import DAY
from apps.video.enums import PictureState
from apps.video.errors import NoPicture
from apps.video.models import Camera
from apps.video.services import open_stream, take_picture

#: Pictures a second, and for how many seconds: enough to see a shake.
PER_SECOND, LOOK_S = 8.0, 3.0
#: Where nothing moved until then it is watched for so long: a quiet street is no freeze.
WATCH_S = 16.0
SIZE = (640, 360)
#: Hours of the city's clock at which it is day in every season.
_DAY = (8, 16)
LIMITS = Limits(wall_s=35, idle_s=10, cpu_s=30, frames=200)
#: What the ways to a camera call their refusals, as decoding would.
_ENDINGS = {
    "timeout": Ending.TIMEOUT, "wrong_password": Ending.DENIED, "too_large": Ending.TOO_LARGE,
    "bad_answer": Ending.NO_PICTURE,
}  # fmt: skip


@dataclass(frozen=True)
class Eye:
    """A way to a camera's picture, opened; or why there is none. Holds credentials.

    standards: by light the approved standard pictures, as bytes.
    """

    source: Source | None = field(default=None, repr=False)
    ending: Ending = Ending.DONE
    text: str = ""
    standards: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Seen:
    """What a look gave. numbers: empty where there was no picture; picture: JPEG, or empty."""

    taken_at: datetime
    ending: Ending
    text: str = ""
    numbers: dict[str, float] = field(default_factory=dict)
    picture: bytes = field(default=b"", repr=False)
    facts: Facts | None = None
    took_s: float = 0.0


def open_eye(camera: Camera) -> Eye:
    """Will open the first way to this camera's picture that streams, else one that gives stills.

    Never raises for what a camera does: the ending says it.
    """
    standards = _standards(camera)
    try:
        return Eye(_source_of(camera), standards=standards)
    except NoPicture as refusal:
        return Eye(ending=_ENDINGS.get(refusal.code, Ending.NO_STREAM), text=str(refusal)[:200])


def _source_of(camera: Camera) -> Source:
    try:
        stream = open_stream(camera)
    except NoPicture as refusal:
        if refusal.code != "unsupported":
            raise
        return Source(data=take_picture(camera).content)
    if not stream.address:
        return Source(path=stream.url)
    address, _port = stream.address.rsplit(":", 1)
    return Source(url=stream.url, address=address.strip("[]"), headers=stream.headers)


def _standards(camera: Camera) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    approved = camera.pictures.filter(state=PictureState.APPROVED).select_related("file")
    for one in approved:
        try:
            with open_stored(one.file) as file:
                found[one.light] = file.read()
        except DomainError:  # a restored database without its files: nothing to compare with
            continue
    return found


def watch(eye: Eye) -> Seen:
    """Will look through an opened way and measure what is seen. Loads OpenCV; no database."""
    began = clock.now()
    if eye.source is None:
        return Seen(began, eye.ending, eye.text)
    with frames(
        eye.source, seconds=WATCH_S, per_second=PER_SECOND, size=SIZE, limits=LIMITS
    ) as stream:
        kept = _until_it_moves(stream)
    took_s = round((clock.now() - began).total_seconds(), 2)
    if not kept:
        return Seen(began, stream.ending, stream.text, facts=stream.facts, took_s=took_s)
    return Seen(
        began, Ending.DONE, stream.text, _numbers(kept, eye.standards, is_day(began)),
        _jpeg(kept[len(kept) // 2].picture), stream.facts, took_s,
    )  # fmt: skip


def _until_it_moves(stream: Iterable[Frame]) -> list[Frame]:
    """Takes the first seconds whole, and more only, one a second, where nothing moved."""
    from apps.diagnosis.metrics.moving import change
    from apps.diagnosis.metrics.stills import grey_of
    from apps.diagnosis.thresholds import DEFAULTS

    still = DEFAULTS[DAY]["still"] * 2
    kept: list[Frame] = []
    moves = False
    for frame in stream:
        if frame.at_s > LOOK_S:
            if moves:
                break
            if frame.at_s - kept[-1].at_s < 1:
                continue
        kept.append(frame)
        moves = moves or (
            len(kept) > 1 and change(grey_of(kept[0].picture), grey_of(frame.picture)) > still
        )
    return kept


def _numbers(kept: list[Frame], standards: Mapping[str, bytes], by_day: bool) -> dict[str, float]:
    from apps.diagnosis.metrics import measure

    plain = {light: picture_of(content) for light, content in standards.items()}
    return measure([f.picture for f in kept], [f.at_s for f in kept], plain, by_day=by_day)


def is_day(at: datetime) -> bool:
    """Will tell whether the sun is surely up in the city, in any season."""
    return _DAY[0] <= timezone.localtime(at).hour < _DAY[1]


def picture_of(content: bytes) -> Picture:
    """Will decode a picture of our own: it was written anew when it was stored."""
    with Image.open(BytesIO(content)) as opened:
        return np.asarray(opened.convert("RGB"), dtype=np.uint8)


def _jpeg(picture: Picture) -> bytes:
    encoded = BytesIO()
    Image.fromarray(picture).save(encoded, "JPEG", quality=85)
    return encoded.getvalue()
