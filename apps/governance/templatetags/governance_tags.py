"""What templates of governance need beside the kit."""

from django import template

from apps.governance.models import Dispute
from apps.matters.definition import definition_of

register = template.Library()


@register.inclusion_tag("components/badge.html")
def dispute_state(dispute: Dispute) -> dict[str, object]:
    """Will show where a dispute stands; the result where it is over."""
    case = dispute.case
    if dispute.result:
        return {"label": dispute.get_result_display(), "level": "done"}
    state = definition_of(case.version_id, case.version.body).state(case.state)
    return {"label": state.label, "level": "action" if case.state == "mediating" else ""}
