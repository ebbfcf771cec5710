"""Scoped lists against the same lists by per-object permissions.

A person of a department sees the cases of the unit and of what lies below it, a dispatcher those
of the whole city, both by path. Each has a twin who may see the very same cases by one permission
row each, as 198 others see theirs. All are asked, in turns, for the list as a page of the portal
asks for it: who is it, the newest twenty, and their number as far as it is shown
(``apps.common.paging``). The ratio is of all together; it says what rights by row cost a city.
What counting to the end costs, which no page does, stands beside it.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from apps.common.paging import count_capped
from benchmarks.runner import Bench, Figure
from benchmarks.support.cases import fill
from benchmarks.support.town import build_town

DESCRIPTION = "a scoped list at 200,000 cases against guardian's get_objects_for_user"
CASES, UNITS, PEOPLE, ROWS_EACH = 200_000, 400, 200, 2_000
ROUNDS, PAGE = 30, 20
TIMES_FASTER = 10.0

#: Who sees by path, and who sees the same by rows.
TWINS = {"handler": "reader-0", "dispatcher": "reader-1"}

# Cases spread over the city for everybody.
SHARES = """
insert into guardian_userobjectpermission (permission_id, content_type_id, object_pk, user_id)
select %(permission)s, %(kind)s, (first.id + i * 97 %% %(cases)s)::text, person.id
from (select id from accounts_user where username like 'reader-%%') person,
     (select min(id) as id from matters_case) first,
     generate_series(1, %(each)s) i
on conflict do nothing
"""


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from django.db import connection

    bench.progress(f"building the town with {UNITS} units")
    town = build_town()
    _add_units(town)
    bench.progress(f"filling in {CASES:,} cases")
    fill(town, total=CASES)
    bench.progress(f"sharing {PEOPLE * ROWS_EACH:,} rows one by one")
    seen = _share()
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    took: dict[str, list[float]] = {}
    for round_number in range(ROUNDS):
        bench.progress(f"round {round_number + 1} of {ROUNDS}")
        for name, side, person, ask in _questions():
            viewer = _fresh(person)
            began = time.perf_counter()
            ask(side(viewer))
            took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
    p50 = {name: statistics.median(values) for name, values in took.items()}
    return [
        *(Figure(f"cases the {name} sees", count, "cases") for name, count in seen.items()),
        *(Figure(name, value, "ms") for name, value in p50.items()),
        *(Figure(f"ratio, {name}", _ratio(p50, [name]), "x") for name in TWINS),
        Figure("ratio, all together", _ratio(p50, TWINS), "x", ">=", TIMES_FASTER),
    ]


def _questions() -> Iterator[tuple[str, Callable[[Any], Any], str, Callable[[Any], Any]]]:
    for what, ask in ASKED.items():
        for name, twin in TWINS.items():
            yield f"{name}, by path, {what}", _by_path, name, ask
            yield f"{name}, by row, {what}", _by_row, twin, ask


def _ratio(p50: dict[str, float], names: Iterable[str]) -> float:
    theirs, ours = (sum(p50[f"{name}, {side}, list"] for name in names)
                    for side in ("by row", "by path"))  # fmt: skip
    return theirs / ours


def _list(cases: Any) -> str:
    """The page and its number, of one who is asked about once."""
    newest = cases.order_by("-id").values_list("pk", "number", "title", "state")
    return f"{len(list(newest[:PAGE]))} of {count_capped(cases)}"


ASKED: dict[str, Callable[[Any], Any]] = {"list": _list, "whole count": lambda seen: seen.count()}


def _by_path(viewer: Any) -> Any:
    from apps.matters.selectors import visible_cases

    return visible_cases(viewer)


def _by_row(viewer: Any) -> Any:
    from guardian.shortcuts import get_objects_for_user

    from apps.matters.models import Case

    return get_objects_for_user(viewer, "matters.view_case", Case, accept_global_perms=False)


def _fresh(username: str) -> Any:
    """A person as a request finds them: nothing remembered of rights or reach."""
    from apps.accounts.models import User
    from apps.common.memory import forget_all

    forget_all()
    return User.objects.get(username=username)


def _add_units(town: Any) -> None:
    from apps.accounts.models import Organization

    parents = list(town.units)
    for number in range(UNITS - len(parents)):
        parent = parents[number % len(parents)]
        unit = Organization.objects.create(
            tenant=town.tenant,
            parent=parent,
            code=f"section-{number}",
            name=f"{parent.name}第{number // len(parents) + 1}科",
            kind="department",
            path="",
            area=parent.area,
        )
        unit.path = f"{parent.path}{unit.pk}/"
        unit.save(update_fields=["path"])
        town.units.append(unit)


def _share() -> dict[str, int]:
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    from apps.accounts.models import User
    from apps.matters.models import Case

    kind = ContentType.objects.get_for_model(Case)
    permission = Permission.objects.get(content_type=kind, codename="view_case")
    User.objects.bulk_create(
        User(username=f"reader-{number}", full_name=f"读者{number}") for number in range(PEOPLE)
    )
    with connection.cursor() as cursor:
        asked = {"permission": permission.pk, "kind": kind.pk, "cases": CASES, "each": ROWS_EACH}
        cursor.execute(SHARES, asked)
    return {name: _give_rows(permission, kind, name, twin) for name, twin in TWINS.items()}


def _give_rows(permission: Any, kind: Any, name: str, twin_name: str) -> int:
    """Lets the twin see by rows what the other sees by path; gives how many."""
    from guardian.models import UserObjectPermission

    from apps.accounts.models import User

    seen = list(_by_path(_fresh(name)).values_list("pk", flat=True))
    twin = User.objects.get(username=twin_name)
    UserObjectPermission.objects.filter(user=twin).delete()
    rows = (
        UserObjectPermission(permission=permission, content_type=kind, object_pk=str(pk), user=twin)
        for pk in seen
    )
    UserObjectPermission.objects.bulk_create(rows, batch_size=5_000)
    return len(seen)
