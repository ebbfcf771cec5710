"""What templates ask about events, looks and proof."""

from typing import Any

from django import template

from apps.grid.enums import Judgement, LookState
from apps.grid.models import GridClassLimit, GridEvent, Look, ScenePhoto
from apps.matters.definition import definition_of
from apps.matters.enums import Verdict
from apps.matters.limits import write_limit
from apps.matters.models import Case

register = template.Library()
_JUDGED = {Judgement.MATCH: "done", Judgement.DOUBT: "soon", Judgement.MISMATCH: "over"}


@register.filter
def limit_words(limit: GridClassLimit) -> str:
    """Will write a limit as people do: 4个工作小时."""
    return write_limit({"amount": limit.amount, "unit": limit.unit})


@register.filter
def state_label(event: GridEvent) -> str:
    """Will name the state of an event as its matter calls it."""
    case = event.case
    return definition_of(case.version_id, case.version.body).state(case.state).label


@register.filter
def rate(share: float | None) -> str:
    """Will write a share in percent: 92.3%, or a dash."""
    return "—" if share is None else f"{share:.1f}%"


@register.inclusion_tag("components/badge.html")
def judgement_badge(judgement: str, label: str) -> dict[str, object]:
    """Will show what a comparison came to."""
    level = _JUDGED[Judgement(judgement)]
    icons = {"done": "circle-check", "soon": "alert-triangle", "over": "alert-triangle"}
    return {"label": label, "level": level, "symbol": icons[level]}


@register.inclusion_tag("components/badge.html")
def look_badge(look: Look) -> dict[str, object]:
    """Will show where a look stands; an answered one by what it found."""
    if look.state == LookState.ANSWERED:
        passed = look.verdict == Verdict.PASS
        return {
            "label": look.get_verdict_display(),
            "level": "done" if passed else "over",
            "symbol": "circle-check" if passed else "x",
        }
    level = {LookState.LAPSED: "over", LookState.OFFERED: "soon"}.get(LookState(look.state), "")
    return {"label": look.get_state_display(), "level": level, "symbol": "clock"}


@register.inclusion_tag("grid/_proof_picture.html")
def proof_picture(case: Case, photo: ScenePhoto | None, label: str) -> dict[str, Any]:
    """Will show one side of a pair with where and when it was taken."""
    attachment = None
    if photo is not None:
        attachment = case.attachments.filter(file_id=photo.file_id).first()
    return {"case": case, "photo": photo, "attachment": attachment, "label": label}
