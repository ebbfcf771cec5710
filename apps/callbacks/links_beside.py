"""What stands on a case's page and at the desk: the link to the call-backs, the button to call."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.callbacks import permissions, selectors
from apps.hotline.models import Call
from apps.hotline.registry import Panel
from apps.matters.models import Case


def link_beside_case(viewer: User, case: Case) -> Sequence[tuple[str, str]]:
    """Will give the address of the case's call-backs where the viewer may read any."""
    if not selectors.history_of(viewer, case.pk).exists():
        return []
    return [(_("回访记录"), reverse("callbacks:case-history", args=[case.pk]))]


def card_of(viewer: User, case: Case) -> tuple[str, Any] | None:
    """Will give the button that calls the citizen back, on cases the viewer may call about."""
    if not case.matter_type.code.startswith("hotline.") or case.answered_at is None:
        return None
    if not permissions.can_call_about(viewer, case):
        return None
    last = selectors.history_of(viewer, case.pk).first()
    return "callbacks/_case_card.html", {"case": case, "last": last}


def desk_panel(viewer: User, call: Call | None) -> Panel | None:
    """Will show at the desk what the agent has in hand, or how many wait; not during a call."""
    if call is not None or not viewer.has_perm(permissions.CALL):
        return None
    shown = {"held": selectors.find_in_hand(viewer), "waiting": selectors.count_open_to(viewer)}
    return Panel("callbacks/_desk_panel.html", shown)
