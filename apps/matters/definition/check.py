"""Why a definition may not be published: bad shape, unknown names, states that trap a case."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from apps.accounts.assurance.levels import HIGHEST
from apps.common import forms_data
from apps.matters.definition import instant
from apps.matters.definition.accept import accept
from apps.matters.definition.parsing import parse
from apps.matters.definition.parts import part_problems
from apps.matters.definition.problems import Problem
from apps.matters.definition.schema import LONGEST_TRUST_MIN, POLICY_DEFAULTS, SCHEMA
from apps.matters.definition.shape import MatterDefinition
from apps.matters.definition.splits import split_edges, split_problems
from apps.matters.definition.wording import schema_problem
from apps.matters.enums import StateCategory

_validator = Draft202012Validator(SCHEMA)


def check(body: Any, *, known_actions: frozenset[str]) -> list[Problem]:
    """Will list, in the user's language, why a definition may not be published; empty: it may.

    Looks at the body alone: the schema, that every name used is defined, that every state can
    be reached from the first and that an end can be reached from every state. What only the
    running city can tell stands in ``selectors.readiness``.
    """
    misshapen = accept(body)
    if misshapen:
        return misshapen
    errors = sorted(_validator.iter_errors(body), key=lambda e: [str(p) for p in e.absolute_path])
    if errors:
        return list(dict.fromkeys(schema_problem(e, body) for e in errors[:20]))
    problems = [*_unknown_names(body, known_actions), *part_problems(body), *_form_problems(body)]
    problems += [Problem("instant", text) for text in instant.problems(body)]
    problems += split_problems(body)
    return problems or list(_traps(parse(body)))


def _form_problems(body: dict[str, Any]) -> Iterator[Problem]:
    if body.get("form"):
        for text in forms_data.check_definition(body["form"]):
            yield Problem("form", _("表单字段 %s") % text)


def _unknown_names(body: dict[str, Any], known_actions: frozenset[str]) -> Iterator[Problem]:
    states = [s["code"] for s in body["states"]]
    if len(set(states)) != len(states):
        yield Problem("states", _("状态代码重复，请改其中一个"))
    used = {a["code"] for a in body["actions"]}
    if len(used) != len(body["actions"]):
        yield Problem("actions", _("动作重复定义，同一动作只能有一行"))
    for action in body["actions"]:
        yield from _action_names(action, states, body["actors"], known_actions)
    for name, actor in body["actors"].items():
        if actor["reach"] in ("tenant", "unit") and not actor.get("permission"):
            yield Problem("actors", _("执行人“%s”没有选择权限") % (actor.get("label") or name))
    yield from _trust_asked_of_people(body)
    names = [clock["name"] for clock in body.get("clocks", [])]
    if len(set(names)) != len(names):
        yield Problem("clocks", _("时限代码重复，请改其中一个"))
    for clock in body.get("clocks", []):
        yield from _clock_names(clock, used)


def _action_names(
    action: dict[str, Any], states: list[str], actors: dict[str, Any], known: frozenset[str]
) -> Iterator[Problem]:
    name = {"code": action.get("label") or action["code"]}
    if action["code"] not in known:
        yield Problem("actions", _("动作“%(code)s”不在标准动作库中，请改选") % name)
    targets = [*action["from"], *action.get("outcomes", {}).values()]
    targets += [action["to"]] if "to" in action else []
    for state in dict.fromkeys(targets):
        if state not in states:
            yield Problem(
                "actions",
                _("动作“%(code)s”用到未定义的状态“%(state)s”，请改选或补上这个状态")
                % {**name, "state": state},
            )
    for actor in action["who"]:
        if actor not in actors:
            yield Problem(
                "actions",
                _("动作“%(code)s”的执行人“%(actor)s”未定义，请改选") % {**name, "actor": actor},
            )


def _trust_asked_of_people(body: dict[str, Any]) -> Iterator[Problem]:
    """A level is proved by somebody who signs in; the system and a reporter never do."""
    for action in body["actions"]:
        reaches = {body["actors"].get(who, {}).get("reach") for who in action["who"]}
        if "trust" in action and reaches <= {"system", "reporter", None}:
            name = action.get("label") or action["code"]
            yield Problem("actions", _("动作“%s”不由工作人员执行，不能要求可信等级，请留空") % name)
    policies = {**POLICY_DEFAULTS, **body.get("policies", {})}
    if policies["reveal_level"] > HIGHEST:
        yield Problem("policies", _("查看个人信息的可信等级只能是0至4"))
    if not 1 <= policies["reveal_minutes"] <= LONGEST_TRUST_MIN:
        yield Problem("policies", _("查看个人信息须几分钟内验证过身份，只能是1至720"))


def _clock_names(clock: dict[str, Any], used: set[str]) -> Iterator[Problem]:
    for code in [*clock["starts"], *clock["stops"]]:
        if code != "open" and code.partition(".")[0] not in used:
            yield Problem(
                "clocks",
                _("时限“%(clock)s”用到未定义的动作“%(code)s”，请改选或补上这个动作")
                % {"clock": clock["label"], "code": code},
            )


def _traps(definition: MatterDefinition) -> Iterator[Problem]:
    forward: dict[str, set[str]] = {code: set() for code in definition.states}
    for action in definition.actions.values():
        targets = {action.to, *action.outcomes.values()} - {""}
        for source in action.sources:
            forward[source] |= targets
    for source, target in split_edges(definition):
        forward[source].add(target)
    reached = _closure(forward, {definition.initial})
    ends = {c for c, s in definition.states.items() if s.category == StateCategory.ENDED}
    backward: dict[str, set[str]] = {code: set() for code in definition.states}
    for source, targets in forward.items():
        for target in targets:
            backward[target].add(source)
    can_end = _closure(backward, ends)
    if not ends:
        yield Problem("states", _("没有结束状态，请把至少一个状态的类别设为“已结束”"))
    for code, state in definition.states.items():
        if code not in reached:
            yield Problem(
                "actions",
                _("状态“%(state)s”从起点无法到达，请添加一个通向它的动作或删除它")
                % {"state": state.label},
            )
        if ends and code not in can_end:
            yield Problem(
                "actions",
                _("从状态“%(state)s”无法到达结束，请添加一个离开它的动作") % {"state": state.label},
            )


def _closure(edges: dict[str, set[str]], start: set[str]) -> set[str]:
    seen, frontier = set(start), list(start)
    while frontier:
        for following in edges[frontier.pop()]:
            if following not in seen:
                seen.add(following)
                frontier.append(following)
    return seen
