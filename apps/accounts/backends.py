"""Permissions by appointment."""

from datetime import date
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Concat

from apps.accounts.deputies.reading import (
    DEPUTY_MARK,
    HELD_TODAY,
    IS_DEPUTY,
    handed_permissions,
    marks_of,
)
from apps.accounts.models import User
from apps.accounts.selectors import HELD, in_force_q
from apps.common import clock, rows
from apps.common.questions import Question

_BY_KEY = Question(lambda key: User.objects.filter(pk=key))


def _labels(held: Q, user_id: int, today: date) -> QuerySet[Permission, Any]:
    label = Concat(
        F("content_type__app_label"), Value("."), F("codename"), output_field=CharField()
    )
    found = Permission.objects.filter(held).annotate(label=label).order_by()
    return found.values_list("label").distinct().union(marks_of(user_id, today))


_LABELS = Question(
    lambda user, today: _labels(
        in_force_q("roles__posts__appointments__", today)
        & Q(roles__posts__appointments__user_id=user),
        user,
        today,
    ),
    (int, date),
)
_ALL_LABELS = Question(lambda user, today: _labels(Q(), user, today), (int, date))


class AppointmentBackend(AuthenticationBackend):
    """Signs in through allauth; gives a user the permissions of the posts held today."""

    def get_user(self, user_id: Any) -> User | None:
        """Every request asks for its person."""
        found = _BY_KEY.first(int(user_id))
        return found if found is not None and self.user_can_authenticate(found) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None:
            return set()
        remembered: set[str] | None = getattr(user_obj, "_appointment_permissions", None)
        if remembered is None:
            own = self._load(user_obj)
            user_obj.__dict__[IS_DEPUTY] = DEPUTY_MARK in own
            own.discard(DEPUTY_MARK)
            handed = handed_permissions(user_obj) if user_obj.__dict__[IS_DEPUTY] else {}
            user_obj.__dict__["_handed"] = {p: who for p, who in handed.items() if p not in own}
            remembered = own | handed.keys()
            user_obj._appointment_permissions = remembered  # type: ignore[attr-defined]
        return remembered

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Notes on the user in whose name a right was used: the last one asked for counts."""
        if perm not in self.get_all_permissions(user_obj, obj):
            return False
        handed: dict[str, User] = user_obj.__dict__.get("_handed", {})
        if handed:
            user_obj.__dict__["acting_for"] = handed.get(perm)
        return True

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(p.startswith(f"{app_label}.") for p in self.get_all_permissions(user_obj))

    def _load(self, user: User) -> set[str]:
        """Who asks for rights asks how far they reach next: the posts held come along."""
        question = _ALL_LABELS if user.is_superuser else _LABELS
        given = (user.pk, clock.today())
        labels, held = rows.ask(question.statement(given), HELD.statement(given))
        setattr(user, HELD_TODAY, list(HELD.objects(held)))
        return {label for (label,) in labels}
