"""What the grid adds to a case: its classes and limits, facts for the duty rule, the proof."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import User
from apps.common import clock, outbox
from apps.grid import permissions, selectors, services
from apps.grid.duties import duty_facts
from apps.grid.models import GridEvent
from apps.grid.selectors.classes import full_label, latest_class
from apps.grid.services.matter import VOCABULARY
from apps.matters.models import Case, CaseEvent
from apps.matters.registry import CaseExtension

#: Actions that may give the case another class.
_CLASSIFY = frozenset({"accept", "answer", "correct"})
#: Actions that something follows from.
_FOLLOWED = frozenset({"open", "dispatch", "feed_back"})


def require_proof(case: Case, action: str, data: Mapping[str, Any]) -> None:
    """Will refuse to file what nobody verified and to close what is not proven."""
    event = selectors.event_of(case)
    if event is None:
        return
    event.case = case
    if action == "accept":
        services.require_verified(event)
    elif action == "close":
        services.require_proof(case, event)


def follow_event(case: Case, event: CaseEvent) -> None:
    """Will keep the class of the event right and order what follows."""
    if event.action in _CLASSIFY and case.class_code:
        found = latest_class(case.class_code)
        GridEvent.objects.filter(case=case).update(
            grid_class=found, **({"kind": found.kind} if found is not None else {})
        )
    if event.action in _FOLLOWED:
        outbox.enqueue(
            services.FOLLOW,
            key=f"{case.pk}:{event.seq}",
            payload={"case": case.pk, "action": event.action, "at": event.at.isoformat()},
        )


class GridExtension(CaseExtension):
    """Serves every matter type that begins with "grid"."""

    guards = (require_proof,)
    followers = (follow_event,)
    panel_template = "grid/_case_panel.html"
    proposes_at_opening = False
    dispatch_vocabulary = VOCABULARY

    def class_choices(self, on: date | None = None) -> Sequence[tuple[str, str]]:
        """Will give the small classes that count on a day."""
        return selectors.class_choices(on)

    def class_label(self, code: str) -> str:
        """Will give the name of a small class, of a retired one too."""
        return full_label(code)

    def facts(self, case: Case) -> dict[str, Any]:
        """Will give what the duty rule asks: kind, owner, maintainer, territory, department."""
        event = selectors.event_of(case)
        return duty_facts(case, event) if event is not None else {}

    def limit(self, case: Case) -> dict[str, Any] | None:
        """Will give the limit of the class for this city and season."""
        found = selectors.find_class(case.class_code) if case.class_code else None
        if found is None:
            return None
        chosen = selectors.limit_of(found, tenant_id=case.tenant_id, day=clock.today())
        return {"amount": chosen.amount, "unit": chosen.unit} if chosen is not None else None

    def intake_url(self, viewer: User, matter_type: str) -> str | None:
        """Will give the report page: an event is more than its case."""
        return reverse("grid:report") if viewer.has_perm(permissions.REPORT) else None

    def panel(self, request: HttpRequest, case: Case) -> dict[str, Any]:
        """Will give class, worker, component, looks and the pairs of pictures."""
        event = selectors.event_of(case)
        if event is None or not isinstance(request.user, User):
            return {}
        event.case = case
        found = event.grid_class
        return {
            "event": event,
            "stages": list(event.stages.filter(round=case.round)),
            "can_finish": permissions.can_finish_stage(request.user, event),
            "limit": selectors.limit_of(found, tenant_id=case.tenant_id, day=clock.today())
            if found is not None
            else None,
            "looks": list(event.looks.select_related("worker", "task").order_by("id")),
            "verdicts": list(selectors.verdicts_of(event)),
            "can_override": permissions.can_override(request.user, event),
            "can_waive": permissions.can_waive(request.user, event) and event.needs_look,
        }
