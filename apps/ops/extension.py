"""What operations add to a case: limits of its level and contract, the proof, its order."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import User
from apps.clocks.models import Calendar
from apps.matters.models import Case
from apps.matters.registry import CaseExtension
from apps.ops import permissions, selectors, services
from apps.ops.models import FaultLevel, MaintenanceContract, WorkOrder


class OpsExtension(CaseExtension):
    """Serves every matter type that begins with "ops"."""

    guards = (services.require_proof,)
    followers = (services.follow_event,)
    panel_template = "ops/_case_panel.html"
    proposes_at_opening = False

    def clock_limit(self, case: Case, clock: str) -> dict[str, Any] | None:
        """Will give the limits to respond and restore the order was given (OP-22)."""
        if clock not in {"respond", "restore"}:
            return None
        order = selectors.order_of(case) if case.lock_version else None
        if order is not None:
            limit: dict[str, Any] = getattr(order, f"{clock}_limit")
            return limit
        level, contract = _planned(case)
        if level is None:
            return None
        return selectors.limits_for(level, contract)[0 if clock == "respond" else 1]

    def calendar(self, case: Case) -> Calendar | None:
        """Will give the service hours of the contract."""
        order = selectors.order_of(case) if case.lock_version else None
        contract = order.contract if order is not None else _planned(case)[1]
        return contract.calendar if contract is not None else None

    def intake_url(self, viewer: User, matter_type: str) -> str | None:
        """Will give the report page: an order is more than its case."""
        return reverse("ops:report") if permissions.can_report(viewer) else None

    def panel(self, request: HttpRequest, case: Case) -> dict[str, Any]:
        """Will give the order, where this viewer may open it."""
        viewer = request.user
        if not isinstance(viewer, User):
            return {}
        found = WorkOrder.objects.filter(permissions.within_reach(viewer), case=case)
        return {"order": found.select_related("level", "vendor", "contract").first()}


def _planned(case: Case) -> tuple[FaultLevel | None, MaintenanceContract | None]:
    """Level and contract a case begins with: as reported, else as its alarm says."""
    number = case.form_data.get("level")
    if number is not None:
        contract = case.form_data.get("contract")
        return (
            FaultLevel.objects.filter(number=number).first(),
            MaintenanceContract.objects.select_related("calendar").filter(pk=contract).first(),
        )
    plan = services.plan_for(case)
    if plan is None:
        return None, None
    return plan.level, plan.choice.contract if plan.choice is not None else None
