"""Verification and check tasks."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common.errors import NotFound
from apps.grid.models import Look
from apps.matters.enums import OPEN_TASK_STATES, TaskKind
from apps.matters.models import Task

MATTER = "grid.event"


def looks_for(user: User) -> QuerySet[Task]:
    """Will give the open verification and check tasks of a person, the most urgent first.

    Those of whom the person stands in for are among them.
    """
    return (
        Task.objects.filter(
            kind=TaskKind.CHECK,
            state__in=OPEN_TASK_STATES,
            person_id__in=scope_of(user).person_ids,
            case__matter_type__code=MATTER,
        )
        .select_related("case__grid_event__grid_class", "case__area", "grid_look")
        .defer("case__search", "case__area__boundary")
        .order_by("due_at", "pk")
    )


def open_looks(user_ids: Collection[int], begin: datetime, end: datetime) -> Mapping[int, float]:
    """Will count the open looks that lie with people, whenever they came; by user."""
    counted = (
        Task.objects.filter(kind=TaskKind.CHECK, state__in=OPEN_TASK_STATES, person_id__in=user_ids)
        .order_by()
        .values_list("person_id")
        .annotate(n=Count("pk"))
    )
    return {person: float(n) for person, n in counted if person is not None}


def get_look(user: User, task_id: int) -> Task:
    """Will give a task that is, or was, this person's own. Raises: NotFound."""
    found = (
        Task.objects.filter(
            pk=task_id,
            kind=TaskKind.CHECK,
            person_id__in=scope_of(user).person_ids,
            case__matter_type__code=MATTER,
        )
        .select_related("case__grid_event", "case__matter_type")
        .defer("case__search")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这个任务，或不是派给您的"))
    return found


def look_of_task(task: Task) -> Look | None:
    """Will give the offer a task stands for; None where it was ordered by hand."""
    return Look.objects.filter(task=task).first()
