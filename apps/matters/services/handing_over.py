"""Work in hand that changes hands: a colleague leaves, a unit is merged or split.

Called through ``apps.matters.handing``. Each case is locked, gets an event that says why, and
whoever has it now is told. State and clocks stay as they are: the citizen's time runs on.
"""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import staff_of
from apps.audit.services import Actor, on_behalf_of
from apps.common import clock
from apps.matters.actions.base import Context, NewFact
from apps.matters.definition import ActionDef, definition_of
from apps.matters.enums import OPEN_TASK_STATES, FactKind
from apps.matters.models import Case, Task
from apps.matters.services.performing import lock_case, write_event

_HANDLE = "matters.handle_case"


def hand_over_tasks(
    actor: Actor, person: User, to: User | None, keys: Collection[int], reason: str
) -> list[int]:
    """Will give a person's open tasks to a colleague, or back to the unit's queue (None).

    keys: of tasks; those that are no longer the person's, or no longer open, are left alone.
    Locks each case. Gives the keys of the tasks that moved.
    """
    moved = []
    for case_id, task_ids in _by_case(keys):
        case = lock_case(case_id)
        tasks = _open_tasks().filter(pk__in=task_ids, person=person)
        for task in tasks.select_related("unit").select_for_update(of=("self",)).order_by("pk"):
            ctx = _context(actor, case, "hand_over")
            task.person = to
            task.save(update_fields=["person"])
            moved.append(task.pk)
            ctx.note = _handed_words(person, to, reason)
            ctx.event_data = {"task": task.pk, "from": person.display_name}
            ctx.event_data["to"] = to.display_name if to else ""
            ctx.notify(
                [to] if to is not None else staff_of(task.unit, _HANDLE),
                kind="task",
                title=_("移交：%(title)s") % {"title": ctx.case.title},
                body=ctx.note,
            )
            write_event(ctx, _("工作移交"), key=None)
    return moved


def hand_over_cases(
    actor: Actor, old: Organization, new: Organization, keys: Collection[int]
) -> list[int]:
    """Will make ``new`` responsible for what ``old`` had open in these cases.

    The case, if it is the unit's, and every open task of the unit; who has signed keeps it. A
    side task of a kind the new unit has open already stays where it is. Gives the keys moved.
    """
    moved = []
    for case_id in sorted(keys):
        ctx = _context(actor, lock_case(case_id), "reorganise")
        if ctx.case.is_ended:
            continue
        open_here = _open_tasks().filter(case=ctx.case)
        taken = set(open_here.filter(unit=new).values_list("kind", flat=True))
        own = list(open_here.filter(unit=old).exclude(kind__in=taken).select_for_update())
        is_main = ctx.case.unit_id == old.pk
        if not own and not is_main:
            continue
        for task in own:
            task.unit, task.unit_path = new, new.path
            task.save(update_fields=["unit", "unit_path"])
        if is_main:
            ctx.set(unit=new, unit_path=new.path)
            ctx.facts.append(NewFact(FactKind.UNIT, str(new.pk), new.name))
        ctx.note = _("机构调整：%(old)s的在办事项由%(new)s承接。") % {
            "old": old.name,
            "new": new.name,
        }
        ctx.event_data = {"from": old.name, "to": new.name}
        write_event(ctx, _("机构调整"), key=None)
        moved.append(case_id)
    return moved


def _by_case(keys: Collection[int]) -> list[tuple[int, list[int]]]:
    found: dict[int, list[int]] = {}
    for case_id, task_id in Task.objects.filter(pk__in=keys).values_list("case_id", "pk"):
        found.setdefault(case_id, []).append(task_id)
    return sorted(found.items())


def _open_tasks() -> QuerySet[Task]:
    return Task.objects.filter(state__in=OPEN_TASK_STATES)


def _context(actor: Actor, case: Case, code: str) -> Context:
    return Context(
        actor=on_behalf_of(actor),
        case=case,
        definition=definition_of(case.version_id, case.version.body),
        action=ActionDef(code=code, label="", sources=frozenset(), who=()),
        data={},
        now=clock.now(),
    )


def _handed_words(person: User, to: User | None, reason: str) -> str:
    words = {"person": person.full_name, "reason": reason}
    if to is None:
        return _("%(person)s%(reason)s，退回单位待办，请尽快有人接办。") % words
    return _("%(person)s%(reason)s，移交%(to)s办理。") % (words | {"to": to.full_name})
