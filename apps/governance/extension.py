"""What a dispute adds to the page of its case: centre, kind, parties, the way to its file."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import User
from apps.governance import permissions
from apps.governance.selectors import disputes
from apps.matters.models import Case
from apps.matters.registry import CaseExtension


class DisputeExtension(CaseExtension):
    """Serves the matter governance.dispute."""

    panel_template = "governance/_case_panel.html"

    def intake_url(self, viewer: User, matter_type: str) -> str | None:
        """Will give the form of a new dispute; None to those who mediate nowhere."""
        may = viewer.has_perm(permissions.MEDIATE)
        return reverse("governance:dispute-new") if may else None

    def panel(self, request: HttpRequest, case: Case) -> dict[str, Any]:
        """Will give the dispute, its parties masked."""
        if not isinstance(request.user, User):
            return {}
        dispute = disputes.find_by_case(request.user, case.pk)
        return {"dispute": dispute} if dispute is not None else {}
