"""Threshold rules the system comes with: taken over as drafts, put in force by two people.

Each names where its thresholds come from; a value no standard gives says so. Sources: AL-02,
IO-12, IO-16; the standards named in ``fixtures/alarms/rules.json``.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Organization, Tenant
from apps.alarms.models import AlarmRule, AlarmRuleVersion
from apps.alarms.services.ruling import NewRule, require_edit, save_rule
from apps.audit.services import Actor

FILE = "alarms/rules.json"


@dataclass(frozen=True)
class ShippedRule:
    """A rule as it is shipped. source: where its thresholds come from. body: of ``document``."""

    code: str
    name: str
    profile: str
    source: str
    body: dict[str, Any]


@cache
def shipped_rules() -> tuple[ShippedRule, ...]:
    """Will give the shipped rules, by kind of device as they stand in the file."""
    path = settings.BASE_DIR / "fixtures" / FILE
    return tuple(ShippedRule(**told) for told in json.loads(path.read_text("utf-8")))


@transaction.atomic
def adopt_rules(
    actor: Actor, *, unit: Organization, codes: Collection[str] | None = None
) -> list[AlarmRuleVersion]:
    """Will keep shipped rules as drafts of the unit, and give them; nothing follows them yet.

    codes: which; None: all. One its body has already is left as the city made it, so a second
    time gives nothing. Locks the body. Raises: NotAllowed.
    """
    require_edit(actor, unit)
    Tenant.objects.select_for_update().get(pk=unit.tenant_id)
    had = set(AlarmRule.objects.filter(tenant=unit.tenant_id).values_list("shipped", flat=True))
    wanted = [
        one
        for one in shipped_rules()
        if one.code not in had and (codes is None or one.code in codes)
    ]
    return [save_rule(actor, unit=unit, new=_as_new(one)) for one in wanted]


def _as_new(one: ShippedRule) -> NewRule:
    return NewRule(
        one.name, one.profile, one.body, kind=one.code, note=one.source, shipped=one.code
    )
