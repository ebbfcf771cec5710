"""Alarms on the page of the case they became. Source: AL-06."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.selectors import visible_alarms
from apps.matters.models import Case
from apps.matters.registry import register_case_links


def register() -> None:
    """Will show them there."""
    register_case_links(alarms_of)


def alarms_of(viewer: User, case: Case) -> Sequence[tuple[str, str]]:
    """Will give the alarms of a case that the viewer may open."""
    found = visible_alarms(viewer).filter(case=case).order_by("pk")
    return [
        (
            _("告警：%(alarm)s（%(state)s）")
            % {"alarm": alarm, "state": alarm.get_state_display()},
            reverse("alarms:alarm-detail", args=[alarm.pk]),
        )
        for alarm in found
    ]
