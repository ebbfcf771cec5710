"""Reads of cameras. cameras: the register, rates, recorders, platforms."""

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

__all__ = [
    "Rates",
    "Share",
    "counts_by",
    "counts_by_district",
    "get_camera",
    "get_platform",
    "get_recorder",
    "is_own",
    "list_cameras",
    "list_platforms",
    "list_recorders",
    "rates_by",
    "standard_picture",
    "watched_cameras",
]
