"""Cameras and what is done with their pictures.

cameras: platforms, recorders, cameras, sources, standard pictures. watching: requests, grants,
plays. exchange: runs of the catalogue. recording: what was recorded. media: enforcement media.
gates: what gate cameras counted.
"""

from apps.video.models.cameras import (
    Camera,
    CameraForm,
    CameraLabel,
    Platform,
    Recorder,
    Source,
    StandardPicture,
)
from apps.video.models.exchange import ExchangeProblem, ExchangeRun
from apps.video.models.gates import Gate, GateHour
from apps.video.models.media import EnforcementMedia
from apps.video.models.recording import RecordingDay
from apps.video.models.steering import HeadHold
from apps.video.models.watching import CameraGrant, CameraRequest, Play

__all__ = [
    "Camera",
    "CameraForm",
    "CameraGrant",
    "CameraLabel",
    "CameraRequest",
    "EnforcementMedia",
    "ExchangeProblem",
    "ExchangeRun",
    "Gate",
    "GateHour",
    "HeadHold",
    "Platform",
    "Play",
    "Recorder",
    "RecordingDay",
    "Source",
    "StandardPicture",
]
