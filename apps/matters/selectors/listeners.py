"""Reads of listeners and their deliveries: lists, choices, cycles, dry run, history."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.audit.models import AuditEntry
from apps.common.errors import NotFound
from apps.common.memory import Memory
from apps.matters import permissions
from apps.matters.actions import get_action, known_actions
from apps.matters.definition import MatterDefinition, definition_of
from apps.matters.enums import DeliveryState, EffectKind, ListenerState, StateCategory
from apps.matters.listening import Happened, Pattern, category_of, facts_heard, happened
from apps.matters.listening_vocabulary import LISTEN
from apps.matters.models import CaseEvent, Listener, ListenerDelivery, MatterType
from apps.matters.selectors.past import as_they_were
from apps.matters.selectors.visible import visible_cases
from apps.rules import services as rules
from apps.rules.registry import get_vocabulary

#: Steps the engine itself takes; they are heard like actions.
STEPS = {
    "open": gettext_lazy("登记"),
    "due_soon": gettext_lazy("到期预警"),
    "overdue": gettext_lazy("超期督办"),
    "joined": gettext_lazy("子事项已汇合"),
    "part_returned": gettext_lazy("子事项退回"),
    "cancelled": gettext_lazy("随主事项撤销"),
}
DRY_RUN_EVENTS = 500
DRY_RUN_SHOWN = 50


@dataclass(frozen=True)
class PublishedMatter:
    """A matter in force with its parsed definition."""

    code: str
    name: str
    definition: MatterDefinition


@dataclass(frozen=True)
class DryRun:
    """What a listener would have heard. events: those the viewer may see, newest first."""

    looked_at: int
    fired: int
    events: list[CaseEvent]


def list_listeners(viewer: User, *, query: str = "", state: str = "") -> QuerySet[Listener]:
    """Will give the listeners of the viewer's tenants and of the whole city."""
    found = Listener.objects.select_related("author", "approver", "tenant").annotate(
        done=Count("deliveries", filter=Q(deliveries__state=DeliveryState.DONE)),
        failed=Count("deliveries", filter=Q(deliveries__state__in=_TROUBLED)),
    )
    if not permissions.can_view_listeners(viewer):
        return found.none()
    scope = scope_of(viewer)
    if not scope.everything:
        found = found.filter(Q(tenant__isnull=True) | Q(tenant_id__in=scope.tenant_ids))
    if query.strip():
        text = query.strip()
        found = found.filter(Q(name__icontains=text) | Q(purpose__icontains=text))
    if state in ListenerState.values:
        found = found.filter(state=state)
    return found.order_by(F("state").asc(), "name", "pk")


_TROUBLED = (DeliveryState.FAILED, DeliveryState.STOPPED)


def get_listener(viewer: User, *, listener_id: int) -> Listener:
    """Will give one listener. Raises: NotFound (not there, another tenant's, no right)."""
    found = Listener.objects.select_related("author", "approver", "tenant")
    listener = found.filter(pk=listener_id).first()
    if listener is None or not permissions.can_view_listener(viewer, listener):
        raise NotFound(_("没有这个监听，或您无权查看"))
    return listener


def list_deliveries(
    viewer: User, *, state: str = "", listener: Listener | None = None
) -> QuerySet[ListenerDelivery]:
    """Will give deliveries the viewer watches, newest first."""
    found = ListenerDelivery.objects.select_related(
        "listener", "case", "event", "result_case"
    ).defer("case__search", "case__text", "result_case__search", "result_case__text")
    if not permissions.can_view_listeners(viewer):
        return found.none()
    scope = scope_of(viewer)
    if not scope.everything:
        found = found.filter(case__tenant_id__in=scope.tenant_ids)
    if listener is not None:
        found = found.filter(listener=listener)
    if state in DeliveryState.values:
        found = found.filter(state=state)
    return found.order_by("-id")


def get_delivery(viewer: User, *, delivery_id: int) -> ListenerDelivery:
    """Will give one delivery. Raises: NotFound (not there, another tenant's, no right)."""
    delivery = list_deliveries(viewer).filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound(_("没有这次投递，或您无权查看"))
    return delivery


def seen_cases(viewer: User, deliveries: Iterable[ListenerDelivery]) -> set[int]:
    """Will give which of the cases named by deliveries the viewer may open, by id."""
    keys = {key for d in deliveries for key in (d.case_id, d.result_case_id) if key is not None}
    return set(visible_cases(viewer).filter(pk__in=keys).values_list("pk", flat=True))


def history_of(listener: Listener) -> QuerySet[AuditEntry]:
    """Will give who did what to a listener, newest first."""
    found = AuditEntry.objects.filter(object_type="listener", object_id=str(listener.pk))
    return found.order_by("-id")


def published_matters(*, fresh: bool = False) -> list[PublishedMatter]:
    """Will give the matters in force, by code; as of two seconds ago unless fresh."""
    if fresh:
        return _read_matters()
    return _published.get("all", _read_matters)


_published: Memory[list[PublishedMatter]] = Memory(
    of=("matters.MatterType", "matters.MatterVersion")
)


def _read_matters() -> list[PublishedMatter]:
    found = MatterType.objects.filter(current_version__isnull=False)
    return [
        PublishedMatter(
            matter.code,
            matter.name,
            definition_of(matter.current_version.pk, matter.current_version.body),
        )
        for matter in found.select_related("current_version").order_by("code")
        if matter.current_version is not None
    ]


def pattern_choices() -> dict[str, list[tuple[str, Any]]]:
    """Will give what may be listened to, with labels; states are grouped by matter."""
    matters = published_matters()
    actions = {code: str(get_action(code).label) for code in sorted(known_actions())}
    return {
        "matters": [(m.code, m.name) for m in matters],
        "states": [
            (m.name, [(f"{m.code}:{s.code}", s.label) for s in m.definition.states.values()])
            for m in matters
        ],
        "categories": [(str(value), label) for value, label in StateCategory.choices],
        "actions": [*((code, str(label)) for code, label in STEPS.items()), *actions.items()],
    }


def known_patterns() -> dict[str, set[str]]:
    """Will give the values a pattern may name, by key."""
    choices = pattern_choices()
    states = {code for _name, group in choices["states"] for code, _label in group}
    flat = {key: {code for code, _label in choices[key]} for key in choices if key != "states"}
    return flat | {"states": states}


def system_actions() -> list[tuple[str, str]]:
    """Will give the actions some matter lets the system do, with labels."""
    found = {
        code
        for matter in published_matters()
        for code, action in matter.definition.actions.items()
        if _by_system(matter.definition, action.who)
    }
    return [(code, str(get_action(code).label)) for code in sorted(found)]


def _by_system(definition: MatterDefinition, who: Iterable[str]) -> bool:
    return any(definition.actors[name].reach == "system" for name in who)


# --- Cycles --------------------------------------------------------------------------


def find_cycle(listener: Listener) -> list[Listener]:
    """Will give the listeners that would set each other off for ever, beginning with this one.

    Looks at patterns and effects only: a condition might break the cycle today and not
    tomorrow. Empty when there is none.
    """
    active = Listener.objects.filter(state=ListenerState.ACTIVE).exclude(pk=listener.pk)
    everyone = [listener, *active.order_by("pk")]
    follows = successors(everyone)
    return path_back(listener, follows)


def successors(listeners: Sequence[Listener]) -> dict[Listener, list[Listener]]:
    """Will give for each listener those that may hear what its effect does."""
    matters = published_matters(fresh=True)
    patterns = {listener: Pattern.read(listener.pattern) for listener in listeners}
    found = {}
    for listener in listeners:
        events = list(possible_events(listener, matters))
        found[listener] = [
            other
            for other, pattern in patterns.items()
            if _share_tenant(listener, other) and any(pattern.fits(event) for event in events)
        ]
    return found


def possible_events(listener: Listener, matters: Sequence[PublishedMatter]) -> Iterator[Happened]:
    """Will give the events the effect of a listener can make."""
    data = listener.effect_data
    if listener.effect == EffectKind.OPEN:
        for matter in matters:
            if matter.code == data.get("matter"):
                first = matter.definition.initial
                category = category_of(matter.definition, first)
                yield Happened(matter.code, "open", "", first, "", category)
    elif listener.effect == EffectKind.ACT:
        heard = Pattern.read(listener.pattern).matters
        for matter in matters:
            if data.get("link") != "self" or not heard or matter.code in heard:
                yield from _moves(matter, data.get("action", ""))


def _moves(matter: PublishedMatter, code: str) -> Iterator[Happened]:
    definition, action = matter.definition, matter.definition.actions.get(code)
    if action is None or not _by_system(definition, action.who):
        return
    for source in action.sources:
        for target in {action.to, *action.outcomes.values()} - {""} or {source}:
            yield Happened(
                matter.code,
                code,
                source,
                target,
                category_of(definition, source),
                category_of(definition, target),
            )


def _share_tenant(one: Listener, other: Listener) -> bool:
    return None in (one.tenant_id, other.tenant_id) or one.tenant_id == other.tenant_id


def path_back(start: Listener, follows: dict[Listener, list[Listener]]) -> list[Listener]:
    """Will give the shortest way from a listener back to itself; empty when there is none."""
    frontier, seen = [[start]], {start}
    while frontier:
        longer = []
        for path in frontier:
            for following in follows.get(path[-1], []):
                if following == start:
                    return path
                if following not in seen:
                    seen.add(following)
                    longer.append([*path, following])
        frontier = longer
    return []


# --- Dry run -------------------------------------------------------------------------


def dry_run(viewer: User, listener: Listener, *, limit: int = DRY_RUN_EVENTS) -> DryRun:
    """Will say which of the newest events a listener would have acted on; nothing is kept.

    Cases are asked as they were then (``selectors.past`` says what is not kept). limit: events
    looked at.
    Raises: InvalidRules (the condition cannot be read).
    """
    pattern = Pattern.read(listener.pattern)
    condition = rules.parse_condition(get_vocabulary(LISTEN), listener.condition)
    events = CaseEvent.objects.select_related(
        "case__version", "case__matter_type", "case__unit"
    ).defer("case__search")
    if listener.tenant_id is not None:
        events = events.filter(case__tenant_id=listener.tenant_id)
    newest = list(events.order_by("-id")[:limit])
    fitting = [event for event in newest if pattern.fits(_happened(event))]
    fired = [
        event
        for event, case in zip(fitting, as_they_were(fitting), strict=True)
        if condition.evaluate(facts_heard(case, event.at))
    ]
    keys = {event.case_id for event in fired}
    seen = set(visible_cases(viewer).filter(pk__in=keys).values_list("pk", flat=True))
    shown = [event for event in fired if event.case_id in seen][:DRY_RUN_SHOWN]
    return DryRun(len(newest), len(fired), shown)


def _happened(event: CaseEvent) -> Happened:
    definition = definition_of(event.case.version_id, event.case.version.body)
    return happened(event.case.matter_type.code, definition, event)
