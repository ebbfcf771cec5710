"""What the case page and the REST detail show."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.matters import permissions
from apps.matters.actions import get_action
from apps.matters.actors import CaseActor
from apps.matters.definition import definition_of
from apps.matters.models import Case, CaseAttachment, CaseEvent
from apps.matters.selectors.clients import usable_cases
from apps.matters.selectors.visible import visible_cases


@dataclass(frozen=True)
class OfferedAction:
    """An action this viewer may do now. style: primary, secondary or danger."""

    code: str
    label: str
    style: str
    takes_files: bool


def get_case(
    viewer: User, *, case_id: int | None = None, number: str = "", caller: object = None
) -> Case:
    """Will give one case with what its page shows. caller: ``request.auth`` of the API.

    Raises: NotFound (no such case, not visible, or its matter is not for the calling client).
    """
    found = (
        usable_cases(caller, visible_cases(viewer))
        .select_related(
            "matter_type", "version", "tenant__area", "unit", "area__level", "proposal", "opened_by"
        )
        .defer("search", "area__boundary", "tenant__area__boundary")
    )
    wanted: dict[str, Any] = {"number": number} if number else {"pk": case_id}
    case = found.filter(**wanted).first()
    if case is None:
        raise NotFound(_("没有这个案件，或您无权查看"))
    return case


def offered_actions(actor: CaseActor, case: Case) -> list[OfferedAction]:
    """Will give what the actor may do to the case now, in the order of the definition.

    The first of style "primary" is the one to show large. No query beyond the actor's scope.
    """
    definition = definition_of(case.version_id, case.version.body)
    offered = []
    for action in definition.actions_from(case.state):
        verb = get_action(action.code)
        if not verb.is_offered(case):
            continue
        if permissions.can_perform(actor, action, case, definition):
            label = action.label or str(verb.label)
            offered.append(OfferedAction(action.code, label, verb.style, verb.files_as is not None))
    return offered


def list_timeline(case: Case) -> QuerySet[CaseEvent]:
    """Will give every event of a case, newest first, with its decision."""
    return CaseEvent.objects.filter(case=case).select_related("decision").order_by("-seq")


def public_timeline(case: Case) -> list[dict[str, Any]]:
    """Will give what the reporter may read, oldest first; never names of staff or notes.

    Each: {"at": datetime, "text": str, "state": public label}. Source: HL-16.
    """
    definition = definition_of(case.version_id, case.version.body)
    events = CaseEvent.objects.filter(case=case).exclude(public_text="").order_by("seq")
    return [
        {
            "at": event.at,
            "text": event.public_text,
            "state": definition.state(event.to_state).public_label,
        }
        for event in events
    ]


def list_attachments(case: Case, *, public_only: bool = False) -> QuerySet[CaseAttachment]:
    """Will give the files of a case with their stored rows, oldest first."""
    found = CaseAttachment.objects.filter(case=case).select_related("file")
    return found.filter(is_public=True) if public_only else found


def describe_cases(case_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Will give receipt number and address of cases, for lists below this app; no content."""
    found = Case.objects.filter(pk__in=case_ids).values_list("pk", "number")
    return {pk: (number, f"/cases/{pk}/") for pk, number in found}
