"""Articles of the operations manual, and those that help with an alarm or a fault."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.common.errors import NotFound
from apps.upkeep.enums import ArticleState
from apps.upkeep.models import Runbook, RunbookCheck, RunbookVersion
from apps.upkeep.permissions import WRITERS


def list_runbooks(viewer: User, *, text: str = "", kind: str = "") -> QuerySet[RunbookVersion]:
    """Will list the wordings in force, for writers and approvers also the drafts.

    text: part of title, summary or a step. kind: of alarm or fault.
    """
    states = [ArticleState.PUBLISHED]
    if any(viewer.has_perm(right) for right in WRITERS):
        states.append(ArticleState.DRAFT)
    found = RunbookVersion.objects.filter(state__in=states, runbook__is_retired=False)
    if text:
        found = found.filter(
            Q(title__icontains=text) | Q(summary__icontains=text) | Q(steps__icontains=text)
        )
    if kind:
        found = found.filter(Q(alarm_kinds__contains=[kind]) | Q(fault_kinds__contains=[kind]))
    return found.select_related("runbook", "written_by", "approved_by").order_by("title", "number")


def get_runbook(viewer: User, *, code: str) -> Runbook:
    """Raises: NotFound (no such article, or only a draft the viewer does not write)."""
    book = Runbook.objects.select_related("current").filter(code=code).first()
    may_write = any(viewer.has_perm(right) for right in WRITERS)
    if book is None or (book.current is None and not may_write):
        raise NotFound(_("没有这篇手册"))
    return book


def versions_of(viewer: User, book: Runbook) -> list[RunbookVersion]:
    """Will list the wordings of an article the viewer may read, newest first."""
    found = book.versions.select_related("written_by", "approved_by").order_by("-number")
    if not any(viewer.has_perm(right) for right in WRITERS):
        found = found.exclude(state=ArticleState.DRAFT)
    return list(found)


def runbooks_for(*, alarm_kind: str = "", fault_kind: str = "") -> list[RunbookVersion]:
    """Will give the wordings in force that are about a kind of alarm or of fault, by title."""
    about = Q(alarm_kinds__contains=[alarm_kind]) if alarm_kind else Q(pk__in=[])
    if fault_kind:
        about |= Q(fault_kinds__contains=[fault_kind])
    found = RunbookVersion.objects.filter(
        about, state=ArticleState.PUBLISHED, runbook__is_retired=False
    )
    return list(found.select_related("runbook").order_by("title")[:5])


@dataclass(frozen=True)
class Step:
    """A step of an article for one alarm. done: who did it and when, None while nobody has."""

    number: int
    text: str
    done: RunbookCheck | None


def steps_for(version: RunbookVersion, alarm: Alarm) -> list[Step]:
    """Will give the steps of a wording with what was done of them for an alarm."""
    done = {check.step: check for check in version.checks.filter(alarm=alarm)}
    return [Step(n, text, done.get(n)) for n, text in enumerate(version.steps)]
