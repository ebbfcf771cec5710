"""Devices and what they report.

devices: profiles, devices, keys, states. readings: series, values, figures, refusals.
"""

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
