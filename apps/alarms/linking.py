"""Alarms and their evidence on the page of the case they became. Source: AL-06, MT-21."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.permissions import can_handle
from apps.alarms.selectors import list_of_case, show, visible_alarms
from apps.matters.models import Case
from apps.matters.registry import register_case_card, register_case_links

CARD = "alarms/_case_card.html"


def register() -> None:
    """Will show them there."""
    register_case_links(alarms_of)
    register_case_card(findings_of)


def findings_of(viewer: User, case: Case) -> tuple[str, Any] | None:
    """Will give the card of a case that alarms opened: the guess, its evidence, the judgement."""
    found = [show(row) for row in list_of_case(case)]
    if not found:
        return None
    return CARD, [(one, can_handle(viewer, one.row.alarm)) for one in found]


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
