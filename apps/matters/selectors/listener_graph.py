"""Who hears what and does what: the subscriptions of a city as boxes and lines (MT-07)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.matters.enums import EffectKind, LinkWay, ListenerState
from apps.matters.models import Listener
from apps.matters.selectors.listeners import (
    list_listeners,
    path_back,
    published_matters,
    successors,
    system_actions,
)

#: More listeners than this are no picture any more.
MOST_LISTENERS = 120
ANY_MATTER = "*"
#: Chains longer than this are stopped when they happen, and drawn no deeper.
_DEEPEST = 5


@dataclass(frozen=True)
class Arrow:
    """source, target: "matter:<code>", "listener:<id>" or "effect:<what>".

    kind: hears, does, or sets_off (from listener to listener). in_cycle: on a way that comes back.
    """

    source: str
    target: str
    kind: str
    in_cycle: bool = False


@dataclass(frozen=True)
class ListenerGraph:
    """heard, effects: labels by key; effect_of: the key of what a listener does, by its id.

    depth: by id, how many listeners may go before, from 0; those of one cycle stand together.
    cycles: each way round once. hidden: how many were left out, as too many.
    """

    heard: dict[str, str] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)
    effects: dict[str, str] = field(default_factory=dict)
    effect_of: dict[int, str] = field(default_factory=dict)
    depth: dict[int, int] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    cycles: list[list[Listener]] = field(default_factory=list)
    hidden: int = 0

    def in_cycle(self, listener: Listener) -> bool:
        """Will tell whether a listener may set itself off, by others or alone."""
        return any(listener in cycle for cycle in self.cycles)


def listener_graph(viewer: User, *, focus: Listener | None = None) -> ListenerGraph:
    """Will give the graph of what hears or may hear soon: everything but what is paused.

    focus: only this listener and those before and behind it.
    """
    found = list_listeners(viewer).exclude(state=ListenerState.PAUSED)
    chosen = list(found[: MOST_LISTENERS + 1])
    hidden = found.count() - MOST_LISTENERS if len(chosen) > MOST_LISTENERS else 0
    chosen = chosen[:MOST_LISTENERS]
    if focus is not None and focus not in chosen:
        chosen = [focus, *chosen]
    follows = successors(chosen)
    if focus is not None:
        near = {focus, *follows[focus], *(x for x in chosen if focus in follows[x])}
        near |= set(path_back(focus, follows))
        chosen, hidden = [x for x in chosen if x in near], 0
        follows = {x: [y for y in follows[x] if y in near] for x in chosen}
    return _graph(chosen, follows, hidden)


def _graph(
    chosen: Sequence[Listener], follows: dict[Listener, list[Listener]], hidden: int
) -> ListenerGraph:
    names = {matter.code: matter.name for matter in published_matters()}
    cycles = list(_cycles(chosen, follows))
    turning = {(a, b) for way in cycles for a, b in zip(way, [*way[1:], way[0]], strict=True)}
    heard: dict[str, str] = {}
    effects: dict[str, str] = {}
    effect_of: dict[int, str] = {}
    arrows: list[Arrow] = []
    actions = dict(system_actions())
    for listener in chosen:
        key = f"listener:{listener.pk}"
        for code in _heard_by(listener):
            heard[f"matter:{code}"] = names.get(code, code) if code != ANY_MATTER else _("任何事项")
            arrows.append(Arrow(f"matter:{code}", key, "hears"))
        does, label = _effect_of(listener, names, actions)
        effects[does], effect_of[listener.pk] = label, does
        arrows.append(Arrow(key, does, "does"))
        for other in follows[listener]:
            is_turning = (listener, other) in turning
            arrows.append(Arrow(key, f"listener:{other.pk}", "sets_off", is_turning))
    return ListenerGraph(
        heard=heard,
        listeners=list(chosen),
        effects=effects,
        effect_of=effect_of,
        depth=_depths(chosen, follows, turning),
        arrows=arrows,
        cycles=cycles,
        hidden=hidden,
    )


def _depths(
    chosen: Sequence[Listener],
    follows: dict[Listener, list[Listener]],
    turning: set[tuple[Listener, Listener]],
) -> dict[int, int]:
    """Each one beyond the last that may set it off; the way round of a cycle does not count."""
    depth = {listener.pk: 0 for listener in chosen}
    for _round in range(_DEEPEST):
        for listener in chosen:
            for other in follows[listener]:
                if (listener, other) not in turning:
                    further = min(depth[listener.pk] + 1, _DEEPEST)
                    depth[other.pk] = max(depth[other.pk], further)
    return depth


def _cycles(
    chosen: Sequence[Listener], follows: dict[Listener, list[Listener]]
) -> Iterable[list[Listener]]:
    """The shortest way round through each listener, each way once."""
    seen: set[frozenset[Listener]] = set()
    for listener in chosen:
        way = path_back(listener, follows)
        if way and frozenset(way) not in seen:
            seen.add(frozenset(way))
            yield way


def _heard_by(listener: Listener) -> list[str]:
    pattern = listener.pattern
    matters = pattern.get("matters") or [s.partition(":")[0] for s in pattern.get("states", [])]
    return sorted(set(matters)) or [ANY_MATTER]


def _effect_of(
    listener: Listener, names: dict[str, str], actions: dict[str, str]
) -> tuple[str, str]:
    data = listener.effect_data
    if listener.effect == EffectKind.NOTIFY:
        return "effect:notify", _("发送通知")
    if listener.effect == EffectKind.OPEN:
        code = data.get("matter", "")
        name = names.get(code, code) or "—"
        return f"effect:open:{code}", _("登记“%s”") % name
    link, action = data.get("link", ""), data.get("action", "")
    ways = dict(LinkWay.choices)
    words = {"link": ways.get(link, "—"), "action": actions.get(action, action) or "—"}
    return f"effect:act:{link}:{action}", _("对%(link)s“%(action)s”") % words
