"""Assistants as those see them who keep them, and as those who may use them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for, scope_of
from apps.assist.enums import FAILED, AssistKind, Place
from apps.assist.models import Assistant, AssistCall, TakenDraft
from apps.assist.permissions import READERS
from apps.common.errors import NotFound


@dataclass(frozen=True)
class Figures:
    """How an assistant did since a moment. mean_ms: of calls that ended, None without any."""

    calls: int
    failed: int
    people: int
    taken: int
    edited: int
    mean_ms: float | None


def list_assistants(viewer: User, *, text: str = "", kind: str = "") -> QuerySet[Assistant]:
    """Will give the assistants of the viewer's units, by name."""
    scope = scope_for(viewer, *READERS)
    within = Q() if scope.everything else Q(pk__in=[])
    for path in scope.organization_paths:
        within |= Q(unit__path__startswith=path)
    found = Assistant.objects.filter(within).select_related("unit")
    if text:
        found = found.filter(name__icontains=text)
    return found.filter(kind=kind) if kind else found


def get_assistant(viewer: User, pk: int) -> Assistant:
    """Raises: NotFound (none, or not of the viewer's units)."""
    found = list_assistants(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个智能辅助服务"))
    return found


def find_assistant_for(person: User, kind: AssistKind) -> Assistant | None:
    """Will give what a person may use for this; None: nothing."""
    return _on_for(person).filter(kind=kind).order_by("pk").first()


def kinds_for(person: User) -> list[AssistKind]:
    """Will give what a person may have done by an assistant, in the order of the kinds."""
    found = set(_on_for(person).values_list("kind", flat=True))
    return [kind for kind in AssistKind if kind in found]


def _on_for(person: User) -> QuerySet[Assistant]:
    """Those switched on for one of the person's units or a unit above it."""
    scope = scope_of(person)
    above = {
        path[: end + 1]
        for path in scope.organization_paths
        for end, letter in enumerate(path)
        if letter == "/"
    }
    found = Assistant.objects.filter(
        is_on=True, tenant_id__in=scope.tenant_ids, units__path__in=above
    )
    return found.distinct()


def list_calls(assistant: Assistant, *, since: datetime) -> QuerySet[AssistCall]:
    """Will give the calls since a moment, the newest first."""
    return assistant.calls.filter(at__gte=since).select_related("person", "taken")


def figures_of(assistant: Assistant, *, since: datetime) -> Figures:
    """Will count the calls of people since a moment; those of tests are left out."""
    calls = assistant.calls.filter(at__gte=since).exclude(place=Place.TEST)
    counted = calls.aggregate(
        calls=Count("pk"),
        failed=Count("pk", filter=Q(outcome__in=FAILED)),
        people=Count("person", distinct=True),
        mean_ms=Avg("took_ms"),
    )
    drafts = TakenDraft.objects.filter(call__in=calls)
    edited = drafts.filter(was_edited=True).count()
    return Figures(**counted, taken=drafts.count(), edited=edited)
