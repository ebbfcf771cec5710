"""Does the head of a camera turn (云台失控): sent to one preset, to another, and back.

Only within the hours a plan names for it, and only after the picture was found to be there:
somebody may be looking through it. Source: VD-06.
"""

import time
from dataclasses import replace

from apps.audit.services import SYSTEM
from apps.decoding.services import Picture, grab
from apps.diagnosis.services.seeing import LIMITS, PER_SECOND, SIZE, Seen, open_eye
from apps.video.errors import NoPicture
from apps.video.models import Camera
from apps.video.services import go_to_preset, list_presets

#: How long a head may take to turn.
TURNING_S = 4.0
REASON = "diagnosis"


def probe(camera: Camera, seen: Seen) -> Seen:
    """Will add how far the picture went between two presets, in widths of it ("ptz_moved").

    A camera that takes no order has turned by nothing; one with fewer than two presets, or
    whose picture is lost meanwhile, is left unjudged. Turns back to the first preset.
    """
    try:
        presets = list_presets(camera)
    except NoPicture as refusal:
        return seen if refusal.code == "unsupported" else _turned(seen, 0.0)
    if len(presets) < 2:
        return seen
    first, second = presets[0].token, presets[1].token
    try:
        before = _picture_at(camera, first)
        after = _picture_at(camera, second)
        go_to_preset(SYSTEM, camera_id=camera.pk, token=first, reason=REASON)
    except NoPicture:
        return _turned(seen, 0.0)
    if before is None or after is None:
        return seen
    return _turned(seen, _moved(before, after))


def _picture_at(camera: Camera, token: str) -> Picture | None:
    go_to_preset(SYSTEM, camera_id=camera.pk, token=token, reason=REASON)
    time.sleep(TURNING_S)
    eye = open_eye(camera)
    if eye.source is None:
        return None
    found = grab(eye.source, seconds=0.5, per_second=PER_SECOND, size=SIZE, limits=LIMITS)
    return found.pictures[-1] if found.frames else None


def _moved(before: Picture, after: Picture) -> float:
    from apps.diagnosis.metrics.comparing import compare
    from apps.diagnosis.metrics.stills import grey_of

    found = compare(grey_of(before), grey_of(after))
    return found.moved_share if found.moved_share >= 0 else 1.0  # nothing of it is there any more


def _turned(seen: Seen, moved: float) -> Seen:
    return replace(seen, numbers={**seen.numbers, "ptz_moved": round(moved, 4)})
