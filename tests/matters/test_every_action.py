"""From any state people can reach, every action works or refuses in words; the sums stay right."""

import contextlib
import random
from datetime import timedelta
from typing import Any

import pytest
from django import forms

from apps.audit.services import SYSTEM
from apps.clocks import selectors as clock_reads
from apps.clocks.enums import ClockState
from apps.clocks.services import fire_due
from apps.common import clock, outbox
from apps.common.errors import DomainError
from apps.matters import selectors
from apps.matters.actions import get_action
from apps.matters.clockwork import active_clocks
from apps.matters.definition import definition_of
from apps.matters.enums import OPEN_TASK_STATES, SignState, StateCategory, TaskKind
from apps.matters.models import Case, Countersigning, Order, Request, Task
from apps.matters.services import perform
from tests.cast import Cast, _person
from tests.matters import factories as make

pytestmark = pytest.mark.django_db

SEEDS = (0, 2, 3, 8, 14, 19)
STEPS = 22


def filled(case: Case, actor: Any, code: str, rng: random.Random, others: list[Case]) -> Any:
    """Will fill an action's form with something plausible, now and then with nonsense."""
    definition = definition_of(case.version_id, case.version.body)
    form = get_action(code).form_class(case=case, actor=actor, definition=definition)
    data: dict[str, Any] = {}
    for name, field in form.fields.items():
        if rng.random() < 0.04:
            continue
        data[name] = value_for(field, name, rng, others)
    return data


def value_for(field: forms.Field, name: str, rng: random.Random, others: list[Case]) -> Any:
    """Will give one value for a field, by its kind."""
    if name == "number":
        return rng.choice(others).number
    if isinstance(field, forms.ModelMultipleChoiceField):
        keys = list(field.queryset.values_list("pk", flat=True))
        return rng.sample(keys, min(len(keys), rng.randint(1, 2)))
    if isinstance(field, forms.ModelChoiceField):
        keys = list(field.queryset.values_list("pk", flat=True))
        return rng.choice(keys) if keys else ""
    if isinstance(field, forms.ChoiceField):
        keys = [key for key, _label in field.choices if key]
        return rng.choice(keys) if keys else ""
    if isinstance(field, forms.DateField):
        return (clock.today() + timedelta(days=rng.randint(1, 20))).isoformat()
    if isinstance(field, forms.BooleanField):
        return rng.choice(["", "on"])
    if isinstance(field, forms.IntegerField):
        return rng.randint(1, 5) if name != "article_id" else ""
    if isinstance(field, forms.FloatField):
        return ""
    return "依据现场情况处理"


def check_sums(case: Case) -> None:
    """Will assert what must hold whatever happened."""
    case = Case.objects.select_related("version").get(pk=case.pk)
    tasks = Task.objects.filter(case=case, state__in=OPEN_TASK_STATES)
    assert tasks.filter(kind=TaskKind.MAIN).count() <= 1
    at_unit = {StateCategory.WAITING, StateCategory.RUNNING, StateCategory.PAUSED}
    if case.category in at_unit and case.unit_id is not None:
        assert tasks.filter(kind=TaskKind.MAIN, unit=case.unit).count() == 1
    if case.is_ended:
        assert not tasks.exists()
        assert not Countersigning.objects.filter(case=case, state=SignState.OPEN).exists()
    pending = list(
        Request.objects.filter(case=case, state="pending").values_list("kind", flat=True)
    )
    assert pending == ([case.pending_request] if case.pending_request else [])
    if not case.is_ended:
        waiting = Order.objects.filter(case=case, replied_at=None, due_at__isnull=False)
        assert case.open_orders == waiting.count()
    assert case.events.count() == case.lock_version
    clocks = active_clocks(case)
    for found in clocks.values():
        projected = clock_reads.projection_of(found)
        if found.state == ClockState.RUNNING:
            assert projected.due_at == found.due_at
    if "handle" in clocks:
        assert case.due_at == clocks["handle"].due_at
    if case.category in {StateCategory.PARKED, StateCategory.PAUSED}:
        assert all(c.state == ClockState.SUSPENDED for n, c in clocks.items() if n == "handle")


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_of_actions_works_or_refuses(cast: Cast, seed: int) -> None:
    rng = random.Random(seed)
    people = [*cast.people.values(), _person("leader", "王市长", "leader", cast.center)]
    start = rng.choice([make.registered, make.dispatched, make.handling, make.answered])
    case, moment = start(cast), clock.now()
    others = [make.handling(cast), case]
    done = 0
    for _step in range(STEPS):
        moment += timedelta(hours=rng.choice([0, 1, 5, 30]))
        with clock.at(moment):
            if rng.random() < 0.2:
                fire_due(limit=200)
                outbox.drain()
            case = Case.objects.select_related("version", "tenant", "area").get(pk=case.pk)
            offers = [
                (person, offered.code)
                for person in [*people, make.reporter(case), SYSTEM]
                for offered in selectors.offered_actions(person, case)
                if offered.code not in {"void", "reject", "answer", "archive"} or rng.random() < 0.1
            ]
            if not offers:
                break
            actor, code = rng.choice(offers)
            data = filled(case, actor, code, rng, others)
            with contextlib.suppress(DomainError):
                perform(actor, case_id=case.pk, action=code, data=data)
                done += 1
            check_sums(case)
    assert done
