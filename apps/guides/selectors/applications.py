"""Applications as their applicants and colleagues see them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import masking
from apps.common.errors import NotFound
from apps.guides.models import Application, ApplicationPart
from apps.matters import selectors as cases
from apps.matters.definition import definition_of
from apps.matters.enums import StateCategory
from apps.matters.models import Case, CaseEvent


@dataclass(frozen=True)
class PartProgress:
    """One department's part. state_label: as the public reads it."""

    label: str
    unit: str
    state: str
    state_label: str
    opinion: str
    document_number: str
    documents: list[str]
    decided_at: datetime | None
    case: Case | None


@dataclass(frozen=True)
class Progress:
    """An application in one view. steps: newest first, each with at, text, state."""

    application: Application
    state_label: str
    category: str
    parts: list[PartProgress]
    steps: list[dict[str, Any]]
    documents: list[tuple[str, str]] = field(default_factory=list)
    question: str = ""

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.category == StateCategory.ENDED

    @property
    def can_withdraw(self) -> bool:
        """Whether the applicant may still take it back."""
        return "withdraw" in {
            a.code
            for a in definition_of(
                self.application.case.version_id, self.application.case.version.body
            ).actions_from(self.application.case.state)
        }


def applications_of(viewer: User) -> QuerySet[Application]:
    """Will give the applications whose case the viewer may see, newest first."""
    seen = cases.visible_cases(viewer).values("pk")
    return (
        Application.objects.filter(case__in=seen)
        .select_related("case__matter_type", "case__version", "case__unit", "joint")
        .order_by("-id")
    )


def get_application(viewer: User, number: str) -> Application:
    """Will give one application by receipt number. Raises: NotFound."""
    found = applications_of(viewer).filter(case__number=number).first()
    if found is None:
        raise NotFound(_("没有这件申报，或您无权查看"))
    return found


def find_application(number: str) -> Application | None:
    """Will find an application by receipt number, for who has proven to be its applicant."""
    return (
        Application.objects.filter(case__number=number)
        .select_related("case__matter_type", "case__version", "case__unit", "case__tenant", "joint")
        .first()
    )


def progress_of(application: Application) -> Progress:
    """Will gather main case and parts; no staff names, no notes (MT-16)."""
    case = application.case
    definition = definition_of(case.version_id, case.version.body)
    parts = [_part(part) for part in _parts(application)]
    documents = [(name, p.document_number) for p in parts for name in p.documents]
    if not parts:
        documents = _own_documents(case)
    return Progress(
        application=application,
        state_label=definition.state(case.state).public_label,
        category=case.category,
        parts=parts,
        steps=cases.public_timeline(case)[::-1],
        documents=documents,
    )


def masked_applicant(application: Application) -> dict[str, str]:
    """Will give name, phone and number as anybody may see them."""
    return {
        "name": masking.mask_name(application.applicant_name),
        "phone": masking.mask_phone(application.applicant_phone),
        "id_number": masking.mask_id_number(application.applicant_id_number),
    }


def _parts(application: Application) -> QuerySet[ApplicationPart]:
    found = application.parts.select_related(
        "matter_type__current_version", "case__unit", "case__version"
    )
    return found.order_by("position")


def _part(part: ApplicationPart) -> PartProgress:
    case = part.case
    label = part.get_state_display()
    body: dict[str, Any] = {}
    if case is not None:
        body = case.version.body
        label = definition_of(case.version_id, body).state(case.state).public_label
    granted = part.state == "approved"
    return PartProgress(
        label=part.label,
        unit=case.unit.name if case is not None and case.unit else "",
        state=part.state,
        state_label=label,
        opinion=part.opinion,
        document_number=part.document_number,
        documents=[m["label"] for m in body.get("materials_out", [])] if granted else [],
        decided_at=part.decided_at,
        case=case,
    )


def _own_documents(case: Case) -> list[tuple[str, str]]:
    granted = CaseEvent.objects.filter(case=case, data__granted=True).order_by("-seq").first()
    if granted is None:
        return []
    number = str(granted.data.get("document_number", ""))
    return [(m["label"], number) for m in case.version.body.get("materials_out", [])]
