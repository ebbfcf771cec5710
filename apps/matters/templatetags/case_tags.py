"""What templates ask about cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django import template

from apps.accounts.models import Organization
from apps.matters.enums import AttachmentPurpose, PartState, RequestKind
from apps.matters.models import Case, CaseAttachment, CaseEvent
from apps.matters.routing import unit_code
from apps.places import selectors as places
from apps.places.models import Area

register = template.Library()

# What an action looks like in the history; any other is a plain note of the machine.
EVENT_ICONS = {
    "open": "clipboard-list",
    "accept": "inbox",
    "ask_to_complete": "arrow-back-up",
    "complete": "file-text",
    "answer": "message-circle",
    "reject": "x",
    "dispatch": "send",
    "sign": "user-check",
    "feed_back": "clipboard-check",
    "request_return": "arrow-back-up",
    "rule_return": "arrow-back-up",
    "request_extension": "clock",
    "rule_extension": "clock",
    "call_back": "phone-check",
    "close": "circle-check",
    "evaluate": "star",
    "redo": "repeat",
    "decline_redo": "circle-check",
    "void": "trash",
    "urge": "bell",
    "supervise": "flag",
    "instruct": "flag",
    "hurry": "alert-triangle",
    "final_ruling": "scale",
    "reassign": "send",
    "request_suspension": "player-pause",
    "rule_suspension": "player-pause",
    "resume": "player-play",
    "request_parking": "player-pause",
    "rule_parking": "player-pause",
    "unpark": "player-play",
    "review": "clipboard-check",
    "check": "clipboard-check",
    "order_missed": "alert-triangle",
    "task_late": "alert-triangle",
    "pool_review_due": "clock",
    "merge": "file-text",
    "merged_in": "file-text",
    "reply_order": "message-2",
    "due_soon": "clock",
    "overdue": "alert-triangle",
    "remark": "note",
    "correct": "pencil",
    "split": "arrows-split",
    "split_failed": "alert-triangle",
    "call_matter": "transfer",
    "joined": "arrow-merge",
    "part_returned": "arrow-back-up",
    "part_ended_late": "circle-check",
    "cancelled": "circle-x",
}
BEFORE = (AttachmentPurpose.BEFORE, AttachmentPurpose.REPORT)


@dataclass(frozen=True)
class Gallery:
    """The files of a case. pairs: pictures before and after, side by side; rest: all others."""

    pairs: list[tuple[CaseAttachment | None, CaseAttachment | None]]
    rest: list[CaseAttachment]


@register.simple_tag
def before_and_after(attachments: Sequence[CaseAttachment]) -> Gallery:
    """Will set the pictures before the repair beside those after it.

    Without pictures of both sides there is nothing to compare, and all files stand alike.
    """
    pictures = [item for item in attachments if item.file.thumbnail_path]
    after = [item for item in pictures if item.purpose == AttachmentPurpose.AFTER]
    before = [item for item in pictures if item.purpose == AttachmentPurpose.BEFORE]
    before = before or [item for item in pictures if item.purpose in BEFORE]
    if not (before and after):
        return Gallery([], list(attachments))
    paired = {item.pk for item in before + after}
    rest = [item for item in attachments if item.pk not in paired]
    return Gallery(list(zip_longest(before, after)), rest)


PART_LOOKS = {
    PartState.PLANNED: ("rest", "circle-dashed"),
    PartState.OPEN: ("action", "player-play"),
    PartState.RETURNED: ("soon", "arrow-back-up"),
    PartState.DONE: ("done", "circle-check"),
    PartState.FAILED: ("over", "circle-x"),
    PartState.CANCELLED: ("rest", "ban"),
}


@register.inclusion_tag("components/badge.html")
def part_badge(state: str) -> dict[str, object]:
    """Will show how a part of a split stands."""
    level, symbol = PART_LOOKS[PartState(state)]
    return {"label": PartState(state).label, "level": level, "symbol": symbol}


@register.filter
def event_icon(event: CaseEvent) -> str:
    """Will name the icon of what happened."""
    return EVENT_ICONS.get(event.action, "point")


@register.filter
def full_area_name(area: Area) -> str:
    """Will name an area with those it lies in; the city itself is left out of the way."""
    return places.full_name(area)


@register.filter
def pending_request_label(case: Case) -> str:
    """Will name the request that waits for a ruling."""
    return str(RequestKind(case.pending_request).label) if case.pending_request else ""


@register.simple_tag
def proposed_units(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Will give the names of the units the rules propose for a page of rows, by code."""
    codes = {code for row in rows if (code := unit_code(row["case"].proposal))}
    found = Organization.objects.filter(code__in=codes) if codes else []
    return {unit.code: str(unit) for unit in found}


@register.simple_tag
def proposed_unit(case: Case, names: dict[str, str]) -> str:
    """Will give the name of the unit proposed for a case that has none yet."""
    return names.get(unit_code(case.proposal), "") if case.unit_id is None else ""


@register.filter
def coordinates(case: Case) -> str:
    """Will give "lon,lat" for the map."""
    return f"{case.point.x:.6f},{case.point.y:.6f}" if case.point else ""
