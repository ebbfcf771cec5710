"""What accounts may ask of the engine when people leave and units change (AC-11, AC-13)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.accounts.registry import (
    Follower,
    OpenWork,
    WorkItem,
    register_follower,
    register_open_work,
    register_use,
)
from apps.accounts.selectors import scope_of
from apps.audit.models import AuditEntry
from apps.matters.enums import OPEN_TASK_STATES, StateCategory, TaskKind
from apps.matters.models import Case, Responsibility, Task
from apps.matters.services.handing_over import hand_over_cases, hand_over_tasks
from apps.rules.models import RuleTableVersion


def register() -> None:
    """Will make known what people and units have in hand here."""
    register_open_work(
        OpenWork("matters.tasks", gettext_lazy("案件任务"), _tasks_of, hand_over_tasks, _why_not)
    )
    register_follower(
        Follower("matters.cases", gettext_lazy("在办案件"), _cases_of, hand_over_cases)
    )
    register_follower(
        Follower("matters.responsibilities", gettext_lazy("权责清单条目"), _responsibilities_of)
    )
    register_follower(Follower("matters.rules", gettext_lazy("点名该单位的规则"), _rules_naming))
    register_use("matters", _last_use)


def _tasks_of(person: User) -> list[WorkItem]:
    """The open tasks signed by or given to this person, the most urgent first."""
    found = (
        Task.objects.filter(person=person, state__in=OPEN_TASK_STATES)
        .exclude(case__category=StateCategory.ENDED)
        .select_related("case")
        .order_by("due_at", "pk")
    )
    return [
        WorkItem(
            key=task.pk,
            label=f"{task.case.number} {task.case.title}（{task.get_kind_display()}）",
            unit_id=task.unit_id,
            url=f"/cases/{task.case_id}/",
            due_at=task.due_at or task.case.due_at,
        )
        for task in found
    ]


def _why_not(colleague: User, item: WorkItem) -> str:
    task = Task.objects.select_related("unit", "case").filter(pk=item.key).first()
    if task is None:
        return _("该事项已办结或已移交。")
    scope = scope_of(colleague)
    if task.kind == TaskKind.CHECK:
        may = "matters.check_case" in scope.permissions and scope.covers_area(task.case.area_path)
    else:
        may = "matters.handle_case" in scope.permissions and scope.covers_organization(
            task.unit_path
        )
    if may:
        return ""
    return _("%(person)s没有在%(unit)s承办此类事项的权限。") % {
        "person": colleague.full_name,
        "unit": task.unit.name,
    }


def _cases_of(unit: Organization, people: Collection[int] | None) -> list[int]:
    """The open cases the unit answers for or has an open task in."""
    tasks = Task.objects.filter(unit=unit, state__in=OPEN_TASK_STATES)
    wanted = Q(unit=unit) | Q(pk__in=tasks.values("case_id"))
    if people is not None:
        wanted = Q(pk__in=tasks.filter(person_id__in=people).values("case_id"))
    open_ones = Case.objects.exclude(category=StateCategory.ENDED).filter(wanted)
    return sorted(open_ones.values_list("pk", flat=True))


def _responsibilities_of(unit: Organization, people: Collection[int] | None) -> list[int]:
    found = Responsibility.objects.filter(unit=unit, valid_to__isnull=True)
    return sorted(found.values_list("pk", flat=True))


def _rules_naming(unit: Organization, people: Collection[int] | None) -> list[int]:
    """The published tables with a row that sends something to the unit."""
    published = RuleTableVersion.objects.filter(state="published").only("pk", "body")
    return [
        version.pk
        for version in published.iterator()
        if any(unit.code in row.get("outputs", {}).values() for row in version.body.get("rows", []))
    ]


def _last_use(user_ids: Collection[int]) -> Mapping[int, datetime]:
    found = AuditEntry.objects.filter(
        Q(object_type="case") | Q(object_type__startswith="matters."), actor_id__in=user_ids
    )
    rows = found.order_by().values_list("actor_id").annotate(last=Max("at"))
    return {actor: last for actor, last in rows if actor is not None}
