"""Ratings of people and posts as far as a viewer may see them. Source: OP-17."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.appraisal import permissions
from apps.appraisal.enums import StaffFactKind, StaffKind
from apps.appraisal.models import Run, StaffFact, StaffLine
from apps.common.errors import NotFound


def list_staff(viewer: User, run: Run, kind: str) -> QuerySet[StaffLine]:
    """Will give the lines of a month of one kind, the best first; see ``permissions.staff_q``."""
    found = StaffLine.objects.filter(of=run.shown_id, kind=kind)
    return found.filter(permissions.staff_q(viewer, run.tenant))


def get_staff_line(viewer: User, line_id: int) -> StaffLine:
    """Will give one of them with its month. Raises: NotFound."""
    found = StaffLine.objects.select_related("of__run__tenant__area", "of__scheme", "person")
    line = found.filter(pk=line_id).first()
    if line is None or line.of.run.shown_id != line.of_id:
        raise NotFound(_("没有这份评定"))
    if not list_staff(viewer, line.of.run, line.kind).filter(pk=line.pk).exists():
        raise NotFound(_("没有这份评定"))
    return line


def facts_of_staff(line: StaffLine) -> QuerySet[StaffFact]:
    """Will give the rows of a line: a person's own, or those of everybody on a post."""
    found = StaffFact.objects.filter(of=line.of_id)
    if line.kind == StaffKind.PERSON:
        return found.filter(line=line.key)
    return found.filter(post=line.key)


def get_staff_fact(viewer: User, fact_id: int) -> tuple[StaffFact, StaffLine]:
    """Will give a row with the person's line, if the viewer sees it. Raises: NotFound."""
    fact = StaffFact.objects.filter(pk=fact_id).first()
    line = StaffLine.objects.filter(of=fact.of_id, key=fact.line).first() if fact else None
    if fact is None or line is None:
        raise NotFound(_("没有这条考核依据"))
    return fact, get_staff_line(viewer, line.pk)


def may_appeal(viewer: User, line: StaffLine, fact: StaffFact) -> bool:
    """Will tell whether the viewer may appeal against a row of a line the viewer sees.

    The person rated may, and who may file appeals; the targets of a post are nobody's to appeal.
    """
    if fact.kind == StaffFactKind.TARGET:
        return False
    return line.person_id == viewer.pk or viewer.has_perm(permissions.FILE)
