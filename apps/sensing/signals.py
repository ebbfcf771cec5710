"""What this app tells those above it, within the transaction of the deed."""

from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True)
class DevicesRegistered:
    """Devices were entered: their keys."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class ProfileSaved:
    """A kind of device was written with its fields: its key."""

    id: int


#: Sent with ``registered`` (DevicesRegistered).
devices_registered = Signal()
#: Sent with ``saved`` (ProfileSaved).
profile_saved = Signal()
