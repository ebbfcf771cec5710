"""Who answers for alarms, and which of these are on duty by the roster.

The roster is the one of field work (``fieldwork.DutyDay``). Who stands in no roster is on duty
always; where the roster names nobody for an hour, everybody is, for an alarm must reach somebody.
Source: AL-01, AL-03.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts import selectors as accounts
from apps.accounts.models import Organization, Tenant, User
from apps.accounts.reach import stands_for_all
from apps.alarms.permissions import HANDLE
from apps.common.memory import Memory
from apps.fieldwork.selectors import rostered

_centres: Memory[list[Organization]] = Memory(of=("accounts.Organization",))


@dataclass(frozen=True)
class Roster:
    """Hours of duty of people. spans: user -> [(from, to)]; a user without a key has no roster."""

    spans: dict[int, list[tuple[datetime, datetime]]]

    @classmethod
    def of(cls, user_ids: Iterable[int], *, since: datetime, until: datetime) -> "Roster":
        """Will read the rosters of these people between two moments (aware)."""
        found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        for user_id, starts_at, ends_at in rostered(list(user_ids), since=since, until=until):
            spans = found[user_id]
            if starts_at is not None and ends_at is not None:
                spans.append((starts_at, ends_at))
        return cls(dict(found))

    def on_duty(self, people: Sequence[User], at: datetime) -> list[User]:
        """Will give who of these people is on duty at a moment; all where the roster names none."""
        found = [user for user in people if self._covers(user.pk, at)]
        return found or list(people)

    def _covers(self, user_id: int, at: datetime) -> bool:
        spans = self.spans.get(user_id)
        return spans is None or any(first <= at < last for first, last in spans)


def on_duty_now(people: Sequence[User], at: datetime) -> list[User]:
    """Will give who of these people is on duty at this moment; all where the roster names none."""
    return Roster.of([user.pk for user in people], since=at, until=at).on_duty(people, at)


def staff_of(unit: Organization) -> list[User]:
    """Will give who handles alarms by a post in the unit, as of a moment ago.

    A thousand alarms of one broken cabinet ask for the same people.
    """
    return list(accounts.staff_of(unit, HANDLE))


def centre_staff(tenant: Tenant) -> list[User]:
    """Will give who handles alarms in the centres of a body: those a unit without people has."""
    centres = _centres.get(tenant.pk, lambda: _centres_of(tenant))
    found = {user.pk: user for unit in centres for user in staff_of(unit)}
    return [found[pk] for pk in sorted(found)]


def _centres_of(tenant: Tenant) -> list[Organization]:
    units = tenant.organizations.filter(is_active=True).select_related("tenant")
    return [unit for unit in units if stands_for_all(unit)]
