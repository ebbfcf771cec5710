"""Drawn pictures as film for browsers: parts of fragmented MP4, playlists that name them.

Of the simulated street only (``street``), which writes film and never reads any. A part is two
seconds of one camera; its number is its place on the clock, so everybody who asks gets the same
part and nothing is kept. VP9 by libvpx, which every browser with Media Source Extensions plays;
media servers send whatever their cameras do.
Source: VD-03; RFC 8216 (playlists); ISO/IEC 14496-12 (boxes).
"""

import io
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

PART_S = 2
FRAMES_PER_SECOND = 5
TICKS = 90_000
LIVE_PARTS = 5
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
#: Will draw the picture of a moment (``time.time``): rows, columns, RGB.
Draw = Callable[[float], NDArray[np.uint8]]


def playlist(query: str, *, span: tuple[int, int] | None, now: float) -> str:
    """Will name the parts of the last ten seconds, or of a recording.

    query: of the link, which every part bears as well. span: seconds since 1970, of recordings.
    """
    first, last = int(now / PART_S) - LIVE_PARTS, int(now / PART_S) - 1
    if span is not None:
        first, last = int(span[0] / PART_S), int((span[1] - 1) / PART_S)
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{PART_S}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}", f'#EXT-X-MAP:URI="init.mp4?{query}"',
    ]  # fmt: skip
    if span is not None:
        lines.append("#EXT-X-PLAYLIST-TYPE:VOD")
    for number in range(first, last + 1):
        lines += [f"#EXTINF:{PART_S:.3f},", f"{number}.m4s?{query}"]
    if span is not None:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def part(draw: Draw, number: int, *, begins: int = 0) -> tuple[bytes, bytes]:
    """Will film one part and give its initialisation and its fragment.

    begins: the part whose first picture is at nought of the film's own time.
    """
    import av  # here: whoever only names the street, as the demo's stages do, loads no codec

    held = io.BytesIO()
    movflags = "frag_custom+empty_moov+default_base_moof"
    options = {"movflags": movflags, "video_track_timescale": str(TICKS)}
    with av.open(held, "w", format="mp4", options=options) as out:
        stream = out.add_stream("libvpx-vp9", rate=FRAMES_PER_SECOND)
        stream.pix_fmt = "yuv420p"
        stream.options = {
            "deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "crf": "38", "b": "0",
        }  # fmt: skip
        for place in range(PART_S * FRAMES_PER_SECOND):
            pixels = draw(number * PART_S + place / FRAMES_PER_SECOND)
            if place == 0:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = place, Fraction(1, FRAMES_PER_SECOND)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    boxes = list(_boxes(held.getvalue()))
    head = b"".join(body for name, body in boxes if name in (b"ftyp", b"moov"))
    fragment = b"".join(body for name, body in boxes if name in (b"moof", b"mdat"))
    return head, _placed(fragment, (number - begins) * PART_S * TICKS)


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place < len(content):
        size, name = struct.unpack_from(">I4s", content, place)
        yield name, content[place : place + size]
        place += size


def _placed(fragment: bytes, ticks: int) -> bytes:
    """The muxer begins every part at nought; ``tfdt`` (version 1) says where it belongs."""
    place = fragment.index(b"tfdt") + 8
    return fragment[:place] + struct.pack(">Q", ticks) + fragment[place + 8 :]
