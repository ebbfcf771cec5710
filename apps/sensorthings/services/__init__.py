"""The only writers of what OGC SensorThings adds to devices and readings.

creating: entities told by clients. changing: changed and taken away. observations: taken in,
told on. describing: what devices and kinds entered elsewhere need here. following: programs that
want to be told by MQTT.
"""

from apps.sensorthings.services.changing import change_entity, remove_entity
from apps.sensorthings.services.creating import create_entity
from apps.sensorthings.services.describing import describe_devices, describe_profiles
from apps.sensorthings.services.following import follow, issue_broker_login, login_of
from apps.sensorthings.services.observations import (
    Taken,
    take_from_devices,
    take_observations,
    tell,
)

__all__ = [
    "Taken",
    "change_entity",
    "create_entity",
    "describe_devices",
    "describe_profiles",
    "follow",
    "issue_broker_login",
    "login_of",
    "remove_entity",
    "take_from_devices",
    "take_observations",
    "tell",
]
