"""What an action is, and what it may touch.

An action is code, tested once, switched on per matter type by its definition. It never
changes the state: the definition says where its outcome leads. It works through ``Context``,
whose collected facts, clocks and notices ``services.perform`` writes in one transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.common.journeys import Statement
from apps.common.questions import Question
from apps.matters.actors import CaseActor
from apps.matters.definition import ActionDef, MatterDefinition
from apps.matters.enums import (
    OPEN_TASK_STATES,
    AttachmentPurpose,
    FactKind,
    RequestKind,
    RequestState,
    TaskKind,
)
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Request, Task
from apps.rules.models import Decision

_MAIN_TASK = Question(
    lambda case: (
        Task.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(case_id=case, kind=TaskKind.MAIN, state__in=OPEN_TASK_STATES)
        .order_by("-id")[:1]
    )
)


def main_task_question(case: Case) -> Statement:
    """Will give what ``Context.main_task`` asks."""
    return _MAIN_TASK.statement([case.pk])


class ActionForm(forms.Form):
    """Shape and conversion of an action's input, the same for pages and REST.

    Gets the case, the actor and the definition so that choices can depend on them.
    prepare: fills choices and first values; None where there are none to fill.
    """

    prepare: Callable[[], None] | None = None

    def __init__(
        self,
        *args: Any,
        case: Case,
        actor: CaseActor,
        definition: MatterDefinition,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.actor, self.definition = case, actor, definition
        if self.prepare is not None:
            self.prepare()


@dataclass(frozen=True)
class NewFact:
    """A fact the action establishes."""

    kind: FactKind
    value: str
    label: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NewNotice:
    """A notice that goes out with the event."""

    recipients: tuple[User, ...]
    kind: str
    title: str
    body: str


@dataclass(frozen=True)
class NewExtension:
    """Time the main clock gets on top. request: what the decision came from."""

    amount: int
    unit: str
    reason: str
    request: str


@dataclass(frozen=True)
class NewHurry:
    """The main clock keeps only this share of what is left (SL-05)."""

    factor: Decimal
    reason: str


@dataclass(frozen=True)
class NewLimit:
    """The limit that takes the place of the one set at dispatch. limit: {"amount", "unit"}."""

    limit: dict[str, Any]
    reason: str


@dataclass
class Context:
    """One action being done: the locked case, the input, and what is to be written.

    outcome: chooses the next state among the definition's ``outcomes``.
    limit: {"amount", "unit"} for clocks whose limit comes from the dispatch.
    holds_clocks: the clocks wait instead of ending, because the step may be undone.
    files_as: what the files are for, where that depends on the input.
    shown_as: who the case's page says did it, where the handling unit shall not learn whose
        voice it was; the log keeps the person.
    """

    actor: CaseActor
    case: Case
    definition: MatterDefinition
    action: ActionDef
    data: dict[str, Any]
    now: datetime
    outcome: str = ""
    note: str = ""
    public_text: str = ""
    event_data: dict[str, Any] = field(default_factory=dict)
    facts: list[NewFact] = field(default_factory=list)
    notices: list[NewNotice] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    limit: dict[str, Any] | None = None
    extension: NewExtension | None = None
    hurry: NewHurry | None = None
    relimit: NewLimit | None = None
    holds_clocks: bool = False
    files_as: AttachmentPurpose | None = None
    shown_as: str = ""
    decision: Decision | None = None

    def set(self, **values: Any) -> None:
        """Will change columns of the case; they are saved with the event."""
        for name, value in values.items():
            setattr(self.case, name, value)
            self.changed.add(name)

    def main_task(self) -> Task:
        """Will give the open main task, locked; refuse where there is none."""
        task = _MAIN_TASK.first(self.case.pk)
        if task is None:
            raise ActionNotPossible(_("此案件没有正在办理的任务"))
        return task

    def pending(self, kind: RequestKind) -> Request:
        """Will give the pending request of a kind, locked; refuse where there is none."""
        request = (
            Request.objects.select_for_update()
            .filter(case=self.case, kind=kind, state=RequestState.PENDING)
            .order_by("id")
            .first()
        )
        if request is None:
            raise ActionNotPossible(
                _("没有待审批的%(kind)s申请，可能已被处理") % {"kind": kind.label}
            )
        return request

    def give_to(self, unit: Organization | None) -> None:
        """Will make a unit responsible, or nobody."""
        self.set(unit=unit, unit_path=unit.path if unit else "")
        self.facts.append(
            NewFact(FactKind.UNIT, str(unit.pk) if unit else "", unit.name if unit else "")
        )

    def notify(self, recipients: Iterable[User], *, kind: str, title: str, body: str = "") -> None:
        """Will tell colleagues once the event is written; the actor is left out."""
        found = tuple(u for u in recipients if u.pk != self.actor.pk)
        if found:
            self.notices.append(NewNotice(found, kind, title, body))


class Action:
    """One verb of the engine; neither of its two halves sets the state.

    check: refuses by raising a domain error when a guard does not hold; None: nothing to refuse.
    apply: does what the action does, through the context; every action has it.
    """

    check: Callable[[Context], None] | None = None
    apply: Callable[[Context], None]

    code: ClassVar[str]
    label: ClassVar[Any]
    form_class: ClassVar[type[ActionForm]] = ActionForm
    #: How the button looks: primary, secondary or danger.
    style: ClassVar[str] = "secondary"
    #: What files sent with the action are for; None: the action takes no files.
    files_as: ClassVar[AttachmentPurpose | None] = None
    files_public: ClassVar[bool] = False

    def is_offered(self, case: Case) -> bool:
        """Will tell from the case row alone whether offering the action makes sense."""
        return True

    def foreseen(self, case: Case) -> Sequence[Statement]:
        """Will give what ``check`` and ``apply`` are sure to ask (``rows.foresee``)."""
        return ()


_library: dict[str, Action] = {}


def register(action_class: type[Action]) -> type[Action]:
    """Will add an action to the library; two of one code are a defect."""
    if action_class.code in _library:
        raise ValueError(f"action {action_class.code} is registered twice")
    _library[action_class.code] = action_class()
    return action_class


def get_action(code: str) -> Action:
    """Will give an action of the library by code."""
    return _library[code]


def known_actions() -> frozenset[str]:
    """Will give the codes of all actions of the library."""
    return frozenset(_library)
