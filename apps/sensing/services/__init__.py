"""The only writers of devices and readings.

profiles: kinds of devices. devices: entered, stopped. keys: their credentials. files: devices
from a file. intake: readings taken in, stored by flushing, counted by refusals where they are
not. doubting: readings found suspect later. rollups: figures of hours and days, retention.
"""

from apps.sensing.services.devices import (
    NewDevice,
    note_export,
    note_readings_export,
    register_device,
    register_devices,
    set_device_active,
)
from apps.sensing.services.doubting import doubt_readings
from apps.sensing.services.files import COLUMNS, import_devices
from apps.sensing.services.intake import MOST_VALUES, Answer, take_readings
from apps.sensing.services.keys import device_of_key, end_key, rotate_key
from apps.sensing.services.profiles import FieldSpec, ProfileSpec, save_profile
from apps.sensing.services.refusals import count_refusals

__all__ = [
    "COLUMNS",
    "MOST_VALUES",
    "Answer",
    "FieldSpec",
    "NewDevice",
    "ProfileSpec",
    "count_refusals",
    "device_of_key",
    "doubt_readings",
    "end_key",
    "import_devices",
    "note_export",
    "note_readings_export",
    "register_device",
    "register_devices",
    "rotate_key",
    "save_profile",
    "set_device_active",
    "take_readings",
]
