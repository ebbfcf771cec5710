"""Why a definition may not be published: bad shape, unknown names, states that trap a case."""

from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from apps.matters.definition.parsing import parse
from apps.matters.definition.schema import SCHEMA
from apps.matters.definition.shape import MatterDefinition
from apps.matters.enums import StateCategory


def check(body: Any, *, known_actions: frozenset[str]) -> list[str]:
    """Will list, in the user's language, why a definition may not be published; empty: it may.

    Checks the schema, that every name used is defined, that every state can be reached from
    the first and that an end can be reached from every state.
    """
    schema_errors = sorted(Draft202012Validator(SCHEMA).iter_errors(body), key=str)
    if schema_errors:
        return [
            _("%(place)s：%(message)s")
            % {"place": "/".join(str(p) for p in e.absolute_path) or "/", "message": e.message}
            for e in schema_errors[:20]
        ]
    problems = list(_unknown_names(body, known_actions))
    return problems or list(_traps(parse(body)))


def _unknown_names(body: dict[str, Any], known_actions: frozenset[str]) -> Any:
    states = [s["code"] for s in body["states"]]
    if len(set(states)) != len(states):
        yield _("状态代码重复")
    used = {a["code"] for a in body["actions"]}
    if len(used) != len(body["actions"]):
        yield _("动作重复定义")
    for action in body["actions"]:
        if action["code"] not in known_actions:
            yield _("动作“%(code)s”不在标准动作库中") % {"code": action["code"]}
        targets = [*action["from"], *action.get("outcomes", {}).values()]
        targets += [action["to"]] if "to" in action else []
        for state in targets:
            if state not in states:
                yield _("动作“%(code)s”用到未定义的状态“%(state)s”") % {
                    "code": action["code"],
                    "state": state,
                }
        for actor in action["who"]:
            if actor not in body["actors"]:
                yield _("动作“%(code)s”的执行人“%(actor)s”未定义") % {
                    "code": action["code"],
                    "actor": actor,
                }
    for clock in body.get("clocks", []):
        for code in [*clock["starts"], *clock["stops"]]:
            if code != "open" and code.partition(".")[0] not in used:
                yield _("时限“%(clock)s”用到未定义的动作“%(code)s”") % {
                    "clock": clock["label"],
                    "code": code,
                }


def _traps(definition: MatterDefinition) -> Any:
    forward: dict[str, set[str]] = {code: set() for code in definition.states}
    for action in definition.actions.values():
        targets = {action.to, *action.outcomes.values()} - {""}
        for source in action.sources:
            forward[source] |= targets
    reached = _closure(forward, {definition.initial})
    ends = {c for c, s in definition.states.items() if s.category == StateCategory.ENDED}
    backward: dict[str, set[str]] = {code: set() for code in definition.states}
    for source, targets in forward.items():
        for target in targets:
            backward[target].add(source)
    can_end = _closure(backward, ends)
    if not ends:
        yield _("没有结束状态")
    for code, state in definition.states.items():
        if code not in reached:
            yield _("状态“%(state)s”从起点无法到达") % {"state": state.label}
        if ends and code not in can_end:
            yield _("从状态“%(state)s”无法到达结束") % {"state": state.label}


def _closure(edges: dict[str, set[str]], start: set[str]) -> set[str]:
    seen, frontier = set(start), list(start)
    while frontier:
        for following in edges[frontier.pop()]:
            if following not in seen:
                seen.add(following)
                frontier.append(following)
    return seen
