"""Both sides of passing on from districts to the city."""

from apps.districts.models.intake import (
    BackFigure,
    DayCount,
    MirrorAlarm,
    MirrorCase,
    MirrorDevice,
    MirrorFigure,
    Peer,
    Placed,
    RowRefusal,
)
from apps.districts.models.upward import Batch, Link, ReceivedFigure, SentRow, Stream

__all__ = [
    "BackFigure",
    "Batch",
    "DayCount",
    "Link",
    "MirrorAlarm",
    "MirrorCase",
    "MirrorDevice",
    "MirrorFigure",
    "Peer",
    "Placed",
    "ReceivedFigure",
    "RowRefusal",
    "SentRow",
    "Stream",
]
