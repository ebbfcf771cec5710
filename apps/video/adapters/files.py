"""A clip that was uploaded, read like a camera."""

from pathlib import Path

from apps.video.adapters.base import Adapter, Stream, Way
from apps.video.errors import NoPicture


def _check(way: Way) -> None:
    if not way.path or not Path(way.path).is_file():
        raise NoPicture("not_found")


def _stream(way: Way) -> Stream:
    _check(way)
    return Stream(way.path, "")


ADAPTER = Adapter(check=_check, stream=_stream)
