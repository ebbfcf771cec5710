"""Faults of a camera's picture, laid over a good frame in three severities. Source: VD-06.

Belongs to ``scenes``: the demonstration street shows them on demand, and whoever judges pictures
is measured by them. Nothing of how pictures are judged is known here.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from apps.video.scenes import Frame

SEVERITIES = ("light", "medium", "heavy")
_Floats = NDArray[np.float32]


def _flat(frame: Frame, color: tuple[int, int, int]) -> Frame:
    return np.broadcast_to(np.array(color, dtype=np.uint8), frame.shape).copy()


def _back(picture: _Floats) -> Frame:
    return np.clip(picture, 0, 255).astype(np.uint8)


def _lost(frame: Frame, level: int, t: float, seed: int) -> Frame:
    """A camera that is gone: blue, black, or the recorder's grey."""
    return _flat(frame, ((0, 0, 160), (0, 0, 0), (96, 96, 96))[level])


def _dark(frame: Frame, level: int, t: float, seed: int) -> Frame:
    return _back(frame.astype(np.float32) * (0.22, 0.13, 0.06)[level])


def _bright(frame: Frame, level: int, t: float, seed: int) -> Frame:
    return _back(frame.astype(np.float32) * (1.35, 1.7, 2.4)[level] + (50, 80, 115)[level])


def _low_contrast(frame: Frame, level: int, t: float, seed: int) -> Frame:
    keep = (0.25, 0.15, 0.08)[level]
    picture = frame.astype(np.float32)
    return _back((picture - picture.mean()) * keep + picture.mean())


def _blur(frame: Frame, level: int, t: float, seed: int) -> Frame:
    radius = (2.2, 4.0, 8.0)[level] * frame.shape[0] / 360
    return np.asarray(Image.fromarray(frame).filter(ImageFilter.GaussianBlur(radius))).copy()


def _colour_cast(frame: Frame, level: int, t: float, seed: int) -> Frame:
    way = np.array(((1, -0.5, -0.5), (-0.6, 1, -0.6), (-0.5, -0.4, 1))[seed % 3], dtype=np.float32)
    return _back(frame.astype(np.float32) + way * (38, 62, 95)[level])


def _noise(frame: Frame, level: int, t: float, seed: int) -> Frame:
    rng = np.random.default_rng([seed, round(t * 1000) & 0x7FFFFFFF])
    sigma = (9, 17, 32)[level]
    grain = rng.standard_normal(frame.shape, dtype=np.float32) * sigma
    picture = frame.astype(np.float32) + grain
    snow = rng.random(frame.shape[:2]) < (0.004, 0.02, 0.06)[level]
    picture[snow] = 255
    return _back(picture)


def _stripes(frame: Frame, level: int, t: float, seed: int) -> Frame:
    height, width = frame.shape[:2]
    along, length = (height, 12) if seed % 2 == 0 else (width, 14)
    wave = np.sin(2 * np.pi * (np.arange(along) / length + t * 0.7)).astype(np.float32)
    bars = wave * (12, 22, 40)[level]
    laid = bars[:, None, None] if seed % 2 == 0 else bars[None, :, None]
    return _back(frame.astype(np.float32) + laid)


def _occlusion(frame: Frame, level: int, t: float, seed: int) -> Frame:
    """A leaf, a bag, a sheet before the lens: dark, out of focus, in one corner.

    By infrared it is as grey as all the rest.
    """
    height, width = frame.shape[:2]
    share = (0.25, 0.45, 0.8)[level]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x = (x if seed % 2 == 0 else width - 1 - x) / width
    y = (y if seed // 2 % 2 == 0 else height - 1 - y) / height
    edge = 1 / (1 + np.exp(((x + 0.35 * y) / 1.35 - share) * 28))
    cloth = np.array(((52, 58, 44), (70, 66, 60), (40, 40, 46))[seed % 3], dtype=np.float32)
    if np.ptp(frame[::8, ::8].astype(np.int16), axis=2).mean() < 2:
        cloth = np.full(3, cloth.mean(), dtype=np.float32)
    return _back(frame * (1 - edge[..., None]) + cloth * edge[..., None])


def _shift(frame: Frame, dx: int, dy: int) -> Frame:
    """Moved without a seam: what comes in at an edge repeats that edge."""
    height, width = frame.shape[:2]
    rows = np.clip(np.arange(height) - dy, 0, height - 1)
    columns = np.clip(np.arange(width) - dx, 0, width - 1)
    return np.asarray(frame[rows][:, columns])


def _shake(frame: Frame, level: int, t: float, seed: int) -> Frame:
    """Wind or a loose mast: to and fro about 2.5 times a second, never twice quite the same."""
    reach = (4, 8, 16)[level] * frame.shape[1] / 640
    dx = reach * np.sin(2 * np.pi * 2.5 * t + seed)
    dy = 0.6 * reach * np.sin(2 * np.pi * 2.1 * t + 1.3 * seed)
    return _shift(frame, round(dx), round(dy))


def _moved(frame: Frame, level: int, t: float, seed: int) -> Frame:
    """Turned aside: the view stands elsewhere, mirrored scenery fills what was not drawn."""
    height, width = frame.shape[:2]
    dx = round((0.12, 0.25, 0.45)[level] * width) * (1 if seed % 2 == 0 else -1)
    dy = round((0.04, 0.08, 0.15)[level] * height)
    padded = np.pad(frame, ((dy, 0), (abs(dx), abs(dx)), (0, 0)), mode="reflect")
    left = abs(dx) + dx
    return np.asarray(padded[:height, left : left + width]).copy()


def _unchanged(frame: Frame, level: int, t: float, seed: int) -> Frame:
    return frame


_FAULTS: dict[str, Callable[[Frame, int, float, int], Frame]] = {
    "lost": _lost,
    "dark": _dark,
    "bright": _bright,
    "low_contrast": _low_contrast,
    "blur": _blur,
    "colour_cast": _colour_cast,
    "freeze": _unchanged,
    "shake": _shake,
    "noise": _noise,
    "stripes": _stripes,
    "occlusion": _occlusion,
    "moved": _moved,
}
FAULTS = tuple(_FAULTS)


def inject(frame: Frame, fault: str, severity: str, t: float = 0.0, *, seed: int = 0) -> Frame:
    """Will give the frame as a camera with this fault would show it at ``t`` seconds.

    fault: one of ``FAULTS``; severity: of ``SEVERITIES``; seed: which of the fault's kinds (the
    colour of a cast, the corner that is covered, rows or columns). "freeze" is no matter of one
    frame: the caller shows the frame of ``frozen_at`` again; here it comes back as it is.
    Raises: ValueError (no such fault or severity).
    """
    if fault not in _FAULTS:
        raise ValueError(f"no such fault: {fault}")
    return _FAULTS[fault](frame, SEVERITIES.index(severity), t, seed)


def frozen_at(t: float, *, since: float = 0.0) -> float:
    """Will give the moment a frozen camera shows at ``t``: its last living one."""
    return min(t, since)
