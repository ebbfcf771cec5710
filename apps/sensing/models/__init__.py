"""Devices and what they report.

devices: profiles, devices, keys, states. claims: codes by which devices
enter themselves. readings: series, values, figures, refusals.
"""

from apps.sensing.models.claims import ClaimBatch, ClaimCode
from apps.sensing.models.devices import (
    Device,
    DeviceKey,
    DeviceProfile,
    Presence,
    ProfileField,
    StateChange,
)
from apps.sensing.models.readings import (
    Datastream,
    DayFigure,
    HourFigure,
    IntakeRefusal,
    Latest,
    PendingEvaluation,
    Reading,
    RollupDue,
)

__all__ = [
    "ClaimBatch",
    "ClaimCode",
    "Datastream",
    "DayFigure",
    "Device",
    "DeviceKey",
    "DeviceProfile",
    "HourFigure",
    "IntakeRefusal",
    "Latest",
    "PendingEvaluation",
    "Presence",
    "ProfileField",
    "Reading",
    "RollupDue",
    "StateChange",
]
