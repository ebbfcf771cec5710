"""What every way to a camera offers, and what it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from apps.video.errors import NoPicture
from apps.video.networks import Place

TIMEOUT_S = 5.0
MOST_PICTURE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Way:
    """One way to one camera, opened: the address judged, the credentials unsealed.

    place: None for files. channel: what a gateway calls the camera. token: what a gateway is
    called with. path: of a file, where its bytes lie.
    """

    place: Place | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    channel: str = ""
    profile: str = ""
    token: str = field(default="", repr=False)
    path: str = ""

    def there(self) -> Place:
        """Raises: NoPicture (the way has no address)."""
        if self.place is None:
            raise NoPicture("no_source")
        return self.place


@dataclass(frozen=True)
class Stream:
    """What a decoder or the media server opens. Holds credentials: never logged, never shown.

    url: RTSP or HTTP with the credentials in it, or the path of a file; address: "ip:port",
    the only place the reader may connect to, "" for a file. headers: sent with HTTP.
    """

    url: str = field(repr=False)
    address: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Preset:
    """A place a camera can turn to by itself. token: as the camera calls it."""

    token: str
    name: str


#: A head turns no longer than this by one order: whoever turns it says so again.
TURN_S = 1.5


@dataclass(frozen=True)
class Turn:
    """How fast a head turns, -1 to 1 each: right, up and nearer are positive; all 0: stop."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0

    @property
    def is_stop(self) -> bool:
        """Whether it shall stand still."""
        return not (self.pan or self.tilt or self.zoom)


@dataclass(frozen=True)
class Adapter:
    """What a protocol can do; None where it cannot. Each raises NoPicture.

    check: whether the camera answers to these credentials. picture: one JPEG or PNG as bytes.
    stream: what to open for moving pictures. presets, go_to: of the head that turns.
    turn: by hand, for ``TURN_S`` at most.
    """

    check: Callable[[Way], None]
    stream: Callable[[Way], Stream] | None = None
    picture: Callable[[Way], bytes] | None = None
    presets: Callable[[Way], list[Preset]] | None = None
    go_to: Callable[[Way, str], None] | None = None
    turn: Callable[[Way, Turn], None] | None = None


def with_credentials(place: Place, way: Way) -> Stream:
    """Will give a place with the way's user and password in its address."""
    host = f"[{place.host}]" if ":" in place.host else place.host
    user = ""
    if way.username:
        user = f"{quote(way.username, safe='')}:{quote(way.password, safe='')}@"
    url = f"{place.scheme}://{user}{host}:{place.port}{place.path}"
    return Stream(url, f"{place.host}:{place.port}")


def check_picture(content: bytes) -> bytes:
    """Will give bytes that begin like a JPEG or PNG. Raises: NoPicture."""
    if not content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise NoPicture("bad_answer")
    return content
