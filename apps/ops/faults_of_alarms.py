"""Which kind of fault an alarm of a kind is, so that its order wants the right proof and limits.

A kind of fault with the code of the alarm's kind comes first; a city may add such. Source: AL-06.
"""

from apps.diagnosis.enums import BLIND, Fault
from apps.diagnosis.services import kind_of

FAULT_OF_ALARM: dict[str, str] = {
    **{kind_of(fault): "camera-picture" for fault in Fault},
    **{kind_of(fault): "camera-offline" for fault in BLIND},
    "bad_picture": "camera-picture",
    "offline": "device-offline",
    "no_data": "device-offline",
    "unreachable": "device-offline",
    "power_lost": "power",
    "fault": "device-broken",
    "low_disk": "storage",
    "disk_failed": "storage",
    "disk_full": "storage",
    "backend_down": "service",
    "machine_event": "server",
    "data_suspect": "data-quality",
    "data_gaps": "data-quality",
    "late_data": "data-quality",
    "gate_silent": "data-quality",
    "gate_counts": "data-quality",
    "gate_plates": "data-quality",
}
#: Alarms that become orders by themselves. Source: OP-27.
DATA_QUALITY = "data-quality"
QUALITY_ALARMS = frozenset(kind for kind, fault in FAULT_OF_ALARM.items() if fault == DATA_QUALITY)
