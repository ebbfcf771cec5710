"""Likely pairs of accounts of one person, each with its reasons. Writes nothing."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import combinations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Appointment, User
from apps.accounts.selectors import in_force_q, scope_for

LARGEST_GROUP = 6  # so many sharing one telephone share an office, not an identity
MOST_PAIRS = 200
_MOBILE = re.compile(r"1\d{10}")


@dataclass(frozen=True)
class Pair:
    """Two active accounts of one body that look like one person, the older first."""

    older: User
    younger: User
    reasons: tuple[Promise | str, ...]


def list_pairs(viewer: User) -> list[Pair]:
    """Will give the likely duplicates among the files the viewer keeps, most reasons first.

    The same mobile number, the same staff number but for zeros and case in front, the same
    name in the same unit. At most 200 pairs.
    """
    people = _people(viewer)
    why: dict[tuple[int, int], list[Promise]] = defaultdict(list)
    for label, key_of in _CLUES:
        for group in _groups(people.values(), key_of):
            for pair in combinations(sorted(group), 2):
                why[pair].append(label)
    units = _units(people)
    by_name: dict[Hashable, list[int]] = defaultdict(list)
    for unit_id, user_id in units:
        by_name[people[user_id].tenant_id, unit_id, people[user_id].full_name].append(user_id)
    for group in by_name.values():
        for pair in combinations(sorted(set(group)), 2):
            if _SAME_NAME not in why[pair]:
                why[pair].append(_SAME_NAME)
    found = [Pair(people[a], people[b], tuple(reasons)) for (a, b), reasons in why.items()]
    found.sort(key=lambda pair: (-len(pair.reasons), pair.older.name_pinyin, pair.older.pk))
    return found[:MOST_PAIRS]


def _people(viewer: User) -> dict[int, User]:
    scope = scope_for(viewer, "accounts.manage_people")
    found = User.objects.filter(is_active=True).select_related("tenant").order_by("pk")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    return {user.pk: user for user in found}


def _groups(people: Iterable[User], key_of: Callable[[User], str]) -> Iterable[list[int]]:
    found: dict[Hashable, list[int]] = defaultdict(list)
    for user in people:
        if key := key_of(user):
            found[user.tenant_id, key].append(user.pk)
    return [group for group in found.values() if 2 <= len(group) <= LARGEST_GROUP]


def _units(people: dict[int, User]) -> list[tuple[int, int]]:
    held = Appointment.objects.filter(in_force_q(), user__in=people).order_by("pk")
    return list(held.values_list("post__organization_id", "user_id").distinct())


def _phone(user: User) -> str:
    return user.phone if _MOBILE.fullmatch(user.phone) else ""


def _number(user: User) -> str:
    return "".join(user.employee_number.split()).upper().lstrip("0")


_SAME_NAME = _("同一单位同名")
_CLUES: tuple[tuple[Promise, Callable[[User], str]], ...] = (
    (_("手机号相同"), _phone),
    (_("工号相同"), _number),
)
