"""What the hotline adds to a case: facts for the rules, a panel for the page, a masked name."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import User
from apps.common import masking
from apps.common.forms_data import ShownValue, show
from apps.common.journeys import Statement
from apps.common.phrases import series
from apps.hotline import families, permissions, services
from apps.hotline.enums import AutoDispatch
from apps.hotline.learning.selectors import reading_of
from apps.hotline.models import Demand, FamilyContent
from apps.hotline.registry import telling_questions
from apps.hotline.selectors.callers import (
    caller_history,
    count_recent_demands,
    demand_of,
    masked_reporter,
)
from apps.matters import permissions as case_permissions
from apps.matters.models import Case, CaseEvent
from apps.matters.registry import CaseExtension
from apps.nlp.enums import DangerKind, Severity


def tell_and_publish(case: Case, event: CaseEvent) -> None:
    """Will order the SMS with the public words, and keep the public list right (HL-16).

    The receipt of a new case is ordered by registering.
    """
    if event.seq == 1:
        return
    services.refresh_publication(case)
    if event.public_text:
        services.tell_reporter(case=case, event=event)


class DemandExtension(CaseExtension):
    """Serves every matter type that begins with "hotline"."""

    list_relations = ("demand", "reading")
    followers = (tell_and_publish,)
    panel_template = "hotline/_case_panel.html"

    def facts(self, case: Case) -> dict[str, Any]:
        """Will give nature, family, secrecy and how often this phone called in 30 days."""
        if case.lock_version == 0:  # being opened: its demand is written right after it
            return {}
        demand = demand_of(case)
        if demand is None:
            return {}
        return {
            "nature": demand.nature,
            "family": demand.family,
            "is_secret": demand.is_secret,
            "repeat_count_30d": count_recent_demands(
                tenant_id=case.tenant_id, phone=demand.reporter_phone
            ),
        }

    def foreseen(self, case: Case) -> list[Statement]:
        """Will give what the reporter's channel asks when the case moves on."""
        demand = demand_of(case)
        if demand is None or not demand.reporter_phone:
            return []
        return telling_questions(case.tenant_id, demand.reporter_phone)

    def intake_url(self, viewer: User, matter_type: str) -> str | None:
        """Will give the desk: a demand is more than its case."""
        return reverse("hotline:desk") if permissions.can_take_calls(viewer) else None

    def panel(self, request: HttpRequest, case: Case) -> dict[str, Any]:
        """Will give the masked reporter, the call, and the caller's other cases."""
        demand = (
            Demand.objects.filter(case=case).select_related("call__line", "call__agent").first()
        )
        if demand is None or not isinstance(request.user, User):
            return {}
        viewer, call = request.user, demand.call
        return {
            "demand": demand,
            "reporter": masked_reporter(viewer, demand),
            "content": _content(demand),
            "call": call,
            "can_play": call is not None and permissions.can_play(viewer, call),
            "can_reveal": case_permissions.can_reveal_reporter(viewer, case),
            "reading": reading_of(case),
            "other_cases": caller_history(viewer, demand.reporter_phone, without=case.pk, limit=5)
            if not demand.is_secret
            else [],
        }

    def marks(self, case: Case) -> list[tuple[str, str]]:
        """Will mark warnings nobody has looked at, and dispatch with no person."""
        reading = reading_of(case)
        if reading is None:
            return []
        found = []
        if reading.severity and reading.seen_at is None:
            kinds = series([DangerKind(alert["kind"]).label for alert in reading.alerts])
            found.append((kinds, "over" if reading.severity >= Severity.URGENT else "soon"))
        if reading.dispatch == AutoDispatch.DONE:
            found.append((str(AutoDispatch.DONE.label), ""))
        return found

    def proposed_class(self, case: Case) -> str:
        """Will give the class the model was sure of; a person confirms or changes it (HL-12)."""
        reading = reading_of(case)
        return reading.filled if reading is not None else ""

    def reporter(self, case: Case) -> dict[str, str] | None:
        """Will give name and phone of a demand's reporter, nothing when secret."""
        demand = demand_of(case)
        if demand is None or demand.is_secret:
            return None
        return {"name": demand.reporter_name, "phone": demand.reporter_phone}

    def reporter_name(self, case: Case) -> str:
        """Will give 张* for lists, nothing when secret or unknown."""
        demand: Demand | None = getattr(case, "demand", None)
        if demand is None or demand.is_secret:
            return ""
        return masking.mask_name(demand.reporter_name)


def _content(demand: Demand) -> list[ShownValue]:
    """What the family asked besides; the masked part is revealed with the reporter."""
    kept = FamilyContent.objects.filter(case_id=demand.case_id).first() if demand.family else None
    return show(families.definition(demand.family), kept.data) if kept is not None else []
