"""The only writers of what OGC SensorThings adds to devices and readings.

creating: entities told by clients. changing: changed and taken away. observations: taken in,
told on. describing: what devices and kinds entered elsewhere need here.
"""

from apps.sensorthings.services.changing import change_entity, remove_entity
from apps.sensorthings.services.creating import create_entity
from apps.sensorthings.services.describing import describe_devices, describe_profiles
from apps.sensorthings.services.observations import Taken, take_observations, tell

__all__ = [
    "Taken",
    "change_entity",
    "create_entity",
    "describe_devices",
    "describe_profiles",
    "remove_entity",
    "take_observations",
    "tell",
]
