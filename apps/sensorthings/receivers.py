"""What is made here when devices are entered elsewhere: a place each, words for kinds."""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from apps.sensing.signals import (
    DevicesRegistered,
    ProfileSaved,
    devices_registered,
    profile_saved,
)
from apps.sensorthings.services import describe_devices, describe_profiles


@receiver(devices_registered, dispatch_uid="sensorthings.describe_devices")
def describe(registered: DevicesRegistered, **_others: Any) -> None:
    """Will give devices their places."""
    describe_devices(Q(pk__in=registered.ids))


@receiver(profile_saved, dispatch_uid="sensorthings.describe_profile")
def describe_kind(saved: ProfileSaved, **_others: Any) -> None:
    """Will give a kind its words."""
    describe_profiles(Q(pk=saved.id))


def ensure_words(**_signal: Any) -> None:
    """Will give all kinds their words and all devices their places; after migrations."""
    describe_profiles(Q())
    describe_devices(Q())
