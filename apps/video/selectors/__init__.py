"""Reads of cameras. cameras: the register, rates, recorders, platforms. watching: requests and
looks. recording: hours, gaps, rates. media: enforcement media, exchanges. gates: gate cameras.
"""

from apps.video.selectors.cameras import (
    Rates,
    Share,
    counts_by,
    counts_by_district,
    get_camera,
    get_platform,
    get_recorder,
    is_own,
    list_cameras,
    list_platforms,
    list_recorders,
    rates_by,
    standard_picture,
    watched_cameras,
)
from apps.video.selectors.gates import course_of, find_gate, get_gate, list_gates, look_at
from apps.video.selectors.media import (
    get_media,
    list_media,
    list_runs,
)
from apps.video.selectors.recording import (
    Gap,
    RecordingRate,
    list_days,
    list_gaps,
    recording_rates,
)
from apps.video.selectors.watching import (
    get_own_play,
    get_ruled_grant,
    is_granted_now,
    list_grants,
    list_plays,
    list_requests,
)

__all__ = [
    "Gap",
    "Rates",
    "RecordingRate",
    "Share",
    "counts_by",
    "counts_by_district",
    "course_of",
    "find_gate",
    "get_camera",
    "get_gate",
    "get_media",
    "get_own_play",
    "get_platform",
    "get_recorder",
    "get_ruled_grant",
    "is_granted_now",
    "is_own",
    "list_cameras",
    "list_days",
    "list_gaps",
    "list_gates",
    "list_grants",
    "list_media",
    "list_platforms",
    "list_plays",
    "list_recorders",
    "list_requests",
    "list_runs",
    "look_at",
    "rates_by",
    "recording_rates",
    "standard_picture",
    "watched_cameras",
]
