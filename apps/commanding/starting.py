"""What commanding comes with: commands devices of the shipped profiles usually take."""

import json
from typing import Any

from django.conf import settings

from apps.accounts.services import extend_roles_after
from apps.commanding.models import CommandKind
from apps.sensing.models import DeviceProfile

FILE = "commanding/kinds.json"


def ensure_kinds(**_signal: Any) -> None:
    """Will add the shipped kinds to profiles that have none; what a city changed stays."""
    path = settings.BASE_DIR / "fixtures" / FILE
    shipped: dict[str, list[dict[str, Any]]] = json.loads(path.read_text("utf-8"))
    profiles = DeviceProfile.objects.filter(code__in=shipped, command_kinds__isnull=True)
    CommandKind.objects.bulk_create(
        CommandKind(profile=profile, **told)
        for profile in profiles
        for told in shipped[profile.code]
    )


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles of an older city the rights of this app, once."""
    extend_roles_after("commanding", "0001_initial", plan=plan)
