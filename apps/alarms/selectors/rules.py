"""Rules through the eyes of a viewer, and as they are followed."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.alarms.enums import VersionState
from apps.alarms.models import Alarm, AlarmRule, AlarmRuleVersion
from apps.alarms.permissions import RULE_READERS
from apps.alarms.registry import all_profiles
from apps.alarms.rules import Rule, RuleError, WorkDays, read_rule
from apps.alarms.rules.wording import words_for
from apps.clocks.selectors import calendar_for, get_revision, work_calendar
from apps.common.errors import DomainError, NotFound
from apps.common.memory import Memory
from apps.places.models import Area

logger = logging.getLogger(__name__)
_followed: Memory[dict[str, list["Followed"]]] = Memory(
    of=("alarms.AlarmRule", "alarms.AlarmRuleVersion", "clocks.CalendarRevision")
)


@dataclass(frozen=True)
class Followed:
    """A rule in force, ready to be followed. ground: path its things lie under, "" anywhere."""

    pk: int
    code: str
    name: str
    kind: str
    version: int
    rule: Rule
    body: dict[str, Any]
    ground: str
    asset_class: str
    labels: dict[str, tuple[str, str]]

    def covers(self, asset_class: str, area_path: str) -> bool:
        """Will tell whether a thing of this class, lying there, is followed."""
        return area_path.startswith(self.ground) and self.asset_class in ("", asset_class)


def list_rules(viewer: User) -> QuerySet[AlarmRule]:
    """Will list the rules of the viewer's bodies with their newest versions."""
    scope = scope_for(viewer, *RULE_READERS)
    found = AlarmRule.objects.select_related("unit", "current", "area", "asset_class")
    found = found.annotate(
        drafts=Count("versions", filter=Q(versions__state=VersionState.DRAFT), distinct=True)
    )
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def get_rule(viewer: User, *, pk: int) -> AlarmRule:
    """Raises: NotFound (none, or of a body the viewer does not work for)."""
    rule = list_rules(viewer).filter(pk=pk).first()
    if rule is None:
        raise NotFound(_("没有这条规则"))
    return rule


def find_rule_behind(alarm: Alarm) -> AlarmRule | None:
    """Will give the rule an alarm came from; None where no rule of ours raised it."""
    return AlarmRule.objects.filter(code=alarm.rule).first() if alarm.rule else None


def list_facts(alarm: Alarm, rule: AlarmRule | None) -> list[tuple[str, str]]:
    """Will give the values behind an alarm as people read them: what was measured, with unit.

    A value of a field nobody describes stands under its own name.
    """
    profile = all_profiles().get(rule.profile) if rule is not None else None
    fields = profile.fields if profile is not None else {}
    told = []
    for name, value in sorted(alarm.facts.items()):
        label, unit = words_for(fields, name)
        said = {True: _("是"), False: _("否")}[value] if isinstance(value, bool) else str(value)
        told.append((label, f"{said} {unit}".strip()))
    return told


def kinds_of_rules(viewer: User) -> dict[str, str]:
    """Will give the kinds the viewer's rules raise, each with the name of its rule."""
    return dict(list_rules(viewer).order_by("-pk").values_list("kind", "name"))


def find_draft(rule: AlarmRule) -> AlarmRuleVersion | None:
    """Will give the version being written, if there is one."""
    return rule.versions.filter(state=VersionState.DRAFT).first()


def rules_followed() -> dict[str, list[Followed]]:
    """Will give the rules in force by profile, as of a moment ago."""
    return _followed.get("all", _read)


def profiles_followed() -> Collection[str]:
    """Will give the kinds of devices some rule in force is about."""
    return rules_followed().keys()


def calendar_of(tenant: Tenant, area: Area | None) -> WorkDays:
    """Will give the working days of a rule. Raises: Refused (no calendar is set)."""
    calendar = work_calendar(get_revision(calendar_for(area or tenant.area)))
    return WorkDays(calendar.zone, calendar.is_working)


def _read() -> dict[str, list[Followed]]:
    found: dict[str, list[Followed]] = {}
    rows = AlarmRule.objects.filter(is_on=True, current__isnull=False)
    profiles = all_profiles()
    for row in rows.select_related("current", "area", "tenant__area", "asset_class").order_by("pk"):
        assert row.current is not None
        ground = row.area or row.tenant.area
        profile = profiles.get(row.profile)
        try:
            rule = read_rule(row.current.body, calendar_of(row.tenant, row.area))
        except (RuleError, DomainError):
            # One rule that cannot be followed must not keep the others from being followed.
            logger.exception("a threshold rule cannot be followed", extra={"rule": row.code})
            continue
        found.setdefault(row.profile, []).append(
            Followed(
                pk=row.pk,
                code=row.code,
                name=row.name,
                kind=row.kind,
                version=row.current.number,
                rule=rule,
                body=row.current.body,
                ground=ground.path if ground is not None else "",
                asset_class=row.asset_class.code if row.asset_class else "",
                labels=dict(profile.fields) if profile is not None else {},
            )
        )
    return found
