"""What sensing comes with: the kinds of devices cities have. A city changes and adds its own."""

import json
from typing import Any

from django.conf import settings

from apps.sensing.models import DeviceProfile, ProfileField

FILE = "sensing/profiles.json"


def ensure_profiles(**_signal: Any) -> None:
    """Will add the shipped profiles that are not there; what a city changed stays."""
    known = set(DeviceProfile.objects.values_list("code", flat=True))
    new = [told for told in _shipped() if told["code"] not in known]
    if not new:
        return
    made = DeviceProfile.objects.bulk_create(
        DeviceProfile(**{name: value for name, value in told.items() if name != "fields"})
        for told in new
    )
    ProfileField.objects.bulk_create(
        ProfileField(profile=profile, position=place, **field)
        for profile, told in zip(made, new, strict=True)
        for place, field in enumerate(told["fields"])
    )


def _shipped() -> list[dict[str, Any]]:
    path = settings.BASE_DIR / "fixtures" / FILE
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found
