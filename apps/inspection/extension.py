"""What a drawn check adds to its case: the object, the inspectors, the draw, the result."""

from typing import Any

from django.http import HttpRequest

from apps.accounts.models import User
from apps.inspection.models import DrawResult
from apps.inspection.selectors.register import shown_name
from apps.matters.models import Case
from apps.matters.registry import CaseExtension


class InspectionExtension(CaseExtension):
    """Serves every matter type that begins with "supervision"."""

    panel_template = "inspection/_case_panel.html"

    def intake_url(self, viewer: User, matter_type: str) -> str | None:
        """Will give None: checks are drawn, nobody enters them by hand."""
        return None

    def panel(self, request: HttpRequest, case: Case) -> dict[str, Any]:
        """Will give what was drawn and found."""
        result = (
            DrawResult.objects.filter(case=case)
            .select_related("supervised", "draw", "check_result")
            .prefetch_related("inspectors__inspector__user")
            .first()
        )
        if result is None:
            return {}
        return {
            "result": result,
            "name": shown_name(result.supervised),
            "inspectors": [s.inspector.user.display_name for s in result.inspectors.all()],
            "check": getattr(result, "check_result", None),
        }
