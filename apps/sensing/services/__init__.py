"""The only writers of devices and readings.

profiles: kinds of devices. series: one more of one device. devices: entered, stopped, placed.
keys: their credentials. claims: codes by which they enter themselves. files: devices from a file.
presence: devices out of sight. intake: readings taken in, stored by flushing, counted by refusals
where they are not. doubting: readings found suspect later. rollups: figures of hours and days,
retention.
"""

from apps.sensing.services.claims import (
    Claimed,
    ClaimSpec,
    claim_device,
    end_batch,
    make_batch,
    place_claimed,
)
from apps.sensing.services.devices import (
    NewDevice,
    note_export,
    note_readings_export,
    place_device,
    register_device,
    register_devices,
    set_device_active,
)
from apps.sensing.services.doubting import doubt_readings
from apps.sensing.services.files import columns, import_devices
from apps.sensing.services.intake import MOST_VALUES, Answer, Judged, judge_item, take_readings
from apps.sensing.services.keys import device_of_key, end_key, rotate_key
from apps.sensing.services.known import Proven
from apps.sensing.services.presence import lose_sight_of
from apps.sensing.services.profiles import FieldSpec, ProfileSpec, save_profile
from apps.sensing.services.refusals import count_refusals
from apps.sensing.services.series import add_series

__all__ = [
    "MOST_VALUES",
    "Answer",
    "ClaimSpec",
    "Claimed",
    "FieldSpec",
    "Judged",
    "NewDevice",
    "ProfileSpec",
    "Proven",
    "add_series",
    "claim_device",
    "columns",
    "count_refusals",
    "device_of_key",
    "doubt_readings",
    "end_batch",
    "end_key",
    "import_devices",
    "judge_item",
    "lose_sight_of",
    "make_batch",
    "note_export",
    "note_readings_export",
    "place_claimed",
    "place_device",
    "register_device",
    "register_devices",
    "rotate_key",
    "save_profile",
    "set_device_active",
    "take_readings",
]
