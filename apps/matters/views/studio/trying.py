"""Trying a version: walking it from its first state, or from a state picked."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.models import Role
from apps.clocks import selectors as clock_reads
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.phrases import bracketed, series
from apps.matters.actions import known_actions
from apps.matters.definition import ActionDef, MatterDefinition, check, parse
from apps.matters.selectors import definitions
from apps.matters.studio import picture, words
from apps.matters.studio.trial import Step, Walk, read_steps, walk, ways
from apps.matters.studio.wording import Names
from apps.matters.views.requests import viewer_of
from apps.matters.views.studio.parts import split_trials
from apps.matters.views.studio.shared import names_of, standing_context

WAITS = (0, 1, 8, 24, 72)


@login_required
@require_GET
def version_try(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Where the walk stands, who could do what next, and which clocks would run until when."""
    viewer = viewer_of(request)
    version = definitions.get_version(viewer, code=code, number=number)
    context = standing_context(viewer, version)
    problems = check(version.body, known_actions=known_actions())
    names = names_of(viewer)(version.body)
    context |= {"problems": problems, "picture": picture.draw(version.body, names.matters)}
    if not problems:
        definition = parse(version.body)
        context |= _walked(request, definition, names)
        if "walk" in context:
            state = context["walk"].state
            context["splits"] = split_trials(request, viewer, definition, names, state)
            context["areas"] = next((t.areas for t in context["splits"] if t.areas), [])
            context["calls"] = _calls(definition, names, state)
    return render(request, "studio/version_try.html", context)


def _calls(definition: MatterDefinition, names: Names, state: str) -> list[tuple[str, str]]:
    """What may be called where the walk stands: its label, and the matter's name."""
    return [
        (split.label, names.matters.get(split.matter, split.matter))
        for split in definition.splits.values()
        if split.is_call and state in split.sources
    ]


def _walked(request: HttpRequest, definition: MatterDefinition, names: Names) -> dict[str, Any]:
    path, state = request.GET.get("path", "")[:4000], request.GET.get("state", "")
    actor = request.GET.get("who", "")
    wait = request.GET.get("wait", "0")
    hours = int(wait) if wait.isdigit() and int(wait[:4]) in WAITS else 0
    problem = ""
    try:
        calendar = clock_reads.work_calendar(
            clock_reads.get_revision(clock_reads.calendar_for(None))
        )
        steps = read_steps(path)
        now = walk(definition, steps, start=clock.now(), calendar=calendar, state=state)
    except DomainError as error:
        return {"problem": str(error)}
    roles = _roles()
    return {
        "walk": now,
        "problem": problem,
        "state": now.definition.state(now.state),
        "picked": state,
        "who": actor,
        "wait": hours,
        "waits": WAITS,
        "path": path,
        "actors": [
            (name, label, roles.get(definition.actors[name].permission, []))
            for name, label in names.actors.items()
        ],
        "states": list(definition.states.values()),
        "trail": _trail(now, steps, names, state, actor, wait),
        "clocks": [
            (c.definition.label, c.due_at(now.at), c.is_paused, c.definition.main)
            for c in now.clocks.values()
        ],
        "offered": [
            _offer(now, action, names, roles, {"path": path, "state": state, "who": actor}, hours)
            for action in definition.actions_from(now.state)
            if not actor or actor in action.who
        ],
    }


def _offer(
    now: Walk,
    action: ActionDef,
    names: Names,
    roles: dict[str, list[str]],
    query: dict[str, str],
    hours: int,
) -> dict[str, Any]:
    results = words.outcomes_of(action.code)
    return {
        "label": words.action_label(action.code, action.label),
        "who": [_who(now, name, names, roles) for name in action.who],
        "ways": [
            {
                "result": str(results.get(outcome, outcome)) if outcome else "",
                "to": now.definition.state(target),
                "stays": target == now.state,
                "url": _address(query, Step(action.code, outcome, hours), hours),
            }
            for outcome, target in ways(now.definition, action, now.state)
        ],
    }


def _who(now: Walk, name: str, names: Names, roles: dict[str, list[str]]) -> str:
    """An actor, and in brackets the roles that have the right."""
    holders = roles.get(now.definition.actors[name].permission, [])
    label = names.actors.get(name, name)
    return label + bracketed(series(holders)) if holders else label


def _address(query: dict[str, str], step: Step, hours: int) -> str:
    path = f"{query['path']},{step.text}" if query["path"] else step.text
    kept = {"path": path, "state": query["state"], "who": query["who"], "wait": str(hours or "")}
    return "?" + urlencode({k: v for k, v in kept.items() if v})


def _trail(
    now: Walk, steps: list[Step], names: Names, state: str, who: str, wait: str
) -> list[dict[str, Any]]:
    """The steps taken, each with the address that goes back to just before it."""
    trail = []
    for place, (step, reached, at) in enumerate(now.trail):
        earlier = ",".join(s.text for s in steps[:place])
        kept = {"path": earlier, "state": state, "who": who, "wait": wait}
        trail.append(
            {
                "label": names.actions.get(step.action, step.action),
                "state": now.definition.state(reached).label,
                "at": at,
                "undo": "?" + urlencode({k: v for k, v in kept.items() if v}),
            }
        )
    return trail


def _roles() -> dict[str, list[str]]:
    """The names of the roles that carry a right, by "app.codename"."""
    found: dict[str, list[str]] = {}
    rows = Role.objects.filter(permissions__isnull=False).values_list(
        "permissions__content_type__app_label", "permissions__codename", "name"
    )
    for app, codename, name in rows.order_by("code"):
        found.setdefault(f"{app}.{codename}", []).append(name)
    return found
