"""What observing comes with: fields whose stations usually agree."""

from typing import Any

from apps.accounts.services import extend_roles_after
from apps.observing.models import NeighbourRule
from apps.sensing.models import ProfileField

#: Profile, field, radius in metres, least spread in the field's unit.
SHIPPED = (
    ("air", "pm25", 10_000, 5.0),
    ("air", "pm10", 10_000, 10.0),
    ("air", "o3", 10_000, 10.0),
    ("air", "temperature", 10_000, 1.0),
    ("weather", "temperature", 15_000, 1.0),
    ("weather", "pressure", 15_000, 1.0),
)


def ensure_rules(**_signal: Any) -> None:
    """Will add the shipped rules where a field has none; what a city changed stays."""
    for profile, code, radius_m, least_spread in SHIPPED:
        field = ProfileField.objects.filter(profile__code=profile, code=code).first()
        if field is not None:
            NeighbourRule.objects.get_or_create(
                field=field, defaults={"radius_m": radius_m, "least_spread": least_spread}
            )


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles of an older city the rights of this app, once."""
    extend_roles_after("observing", "0001_initial", plan=plan)
