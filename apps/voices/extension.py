"""What this app adds to cases: a card on their page, news for voices, the end of a topic."""

from typing import Any

from apps.accounts.models import User
from apps.matters.models import Case
from apps.matters.registry import CaseExtension
from apps.voices import permissions, selectors
from apps.voices.services import follow_early

CARD = "voices/_case_card.html"


class EarlyExtension(CaseExtension):
    """Serves the matter that topics are handled as (未诉先办)."""

    followers = (follow_early,)


def card_of(viewer: User, case: Case) -> tuple[str, Any] | None:
    """Will give the card of a hotline case: its group, or the way to look for others like it."""
    if not case.matter_type.code.startswith("hotline."):
        return None
    group = selectors.find_group_of(case)
    may_look = permissions.can_read(viewer)
    if group is None and not (may_look and not case.is_ended):
        return None
    leads = group is not None and group.main_id == case.pk
    return CARD, {
        "group": group,
        "leads": leads,
        "count": selectors.count_voices([group.main_id]).get(group.main_id, 1) if group else 1,
        "main": selectors.seen_main(viewer, group) if group and not leads else None,
        "may_open": may_look,
        "may_look": may_look and not case.is_ended,
    }


def note_hints(viewer: User, case_ids: list[int]) -> dict[int, str]:
    """Will say beside likely duplicates at the desk how many voices they have already."""
    return selectors.desk_notes(viewer, case_ids)
