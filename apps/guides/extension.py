"""What an application adds to its case, and to the cases of its parts."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import User
from apps.common import masking, outbox
from apps.guides import permissions
from apps.guides.models import Application, ApplicationPart
from apps.guides.selectors.applications import masked_applicant, progress_of
from apps.guides.selectors.instant import run_of
from apps.guides.selectors.results import results_of
from apps.matters.models import Case, CaseEvent
from apps.matters.registry import CaseExtension

ADVANCE_TOPIC, RESULT_TOPIC = "guides.advance", "guides.result"


def join_ended_part(case: Case, event: CaseEvent) -> None:
    """Will order the joining once a part has ended."""
    if not case.is_ended:
        return
    part = ApplicationPart.objects.filter(case=case).first()
    if part is not None:
        outbox.enqueue(
            ADVANCE_TOPIC,
            key=f"event:{event.pk}",
            payload={"application_id": part.application_id},
        )


def order_results(case: Case, event: CaseEvent) -> None:
    """Will order the sealed documents of a grant, where its definition names a seal (ES-07)."""
    outputs = case.version.body.get("materials_out", [])
    if event.data.get("granted") and any(material.get("seal") for material in outputs):
        outbox.enqueue(RESULT_TOPIC, key=f"event:{event.pk}", payload={"event_id": event.pk})


class ApplicationExtension(CaseExtension):
    """Serves every matter type that begins with "service" or "onething"."""

    followers = (join_ended_part, order_results)
    hands_out_sealed = True
    panel_template = "guides/_case_panel.html"
    list_relations = ("application", "application_part__application")

    def intake_url(self, viewer: User, matter_type: str) -> str | None:
        """Will give the window's page, where an applicant is asked for too."""
        if not viewer.has_perm(permissions.FILE):
            return None
        return reverse("guides:office-apply", args=[matter_type])

    def panel(self, request: HttpRequest, case: Case) -> dict[str, Any]:
        """Will give the masked applicant, the parts, and what the checks found."""
        application = _application_of(case)
        if application is None:
            return {}
        return {
            "application": application,
            "applicant": masked_applicant(application),
            "progress": progress_of(application),
            "is_part": application.case_id != case.pk,
            "checks": run_of(case),
            "results": results_of(case),
        }

    def reporter_name(self, case: Case) -> str:
        """Will give 张* for lists."""
        application: Application | None = getattr(case, "application", None)
        part: ApplicationPart | None = getattr(case, "application_part", None)
        found = application or (part.application if part is not None else None)
        return masking.mask_name(found.applicant_name) if found is not None else ""


def _application_of(case: Case) -> Application | None:
    found = Application.objects.select_related("case__version", "case__matter_type", "joint")
    return found.filter(case=case).first() or found.filter(parts__case=case).first()
