"""A scoped list against the same list by per-object permissions.

One person of a department sees the cases of the unit and of what lies below it, by path; a
second one may see the very same cases by one permission row each, as 199 others see theirs.
Both are asked for the newest twenty and for the number of their cases, in turns.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.runner import Bench, Figure
from benchmarks.support.cases import fill
from benchmarks.support.town import build_town

DESCRIPTION = "a scoped list at 200,000 cases against guardian's get_objects_for_user"
CASES, UNITS, PEOPLE, ROWS_EACH = 200_000, 400, 200, 2_000
ROUNDS, PAGE = 30, 20
TIMES_FASTER = 10.0

PERSON_OF = {"by path": "handler", "by row": "reader-0"}

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
    sides = {"by path": _by_path, "by row": _by_row}
    took: dict[str, list[float]] = {f"{side}, {what}": [] for side in sides for what in ASKED}
    for _round in range(ROUNDS):
        for side, cases_of in sides.items():
            for what, ask in ASKED.items():
                viewer = _fresh(PERSON_OF[side])
                began = time.perf_counter()
                ask(cases_of(viewer))
                took[f"{side}, {what}"].append((time.perf_counter() - began) * 1000)
    p50 = {name: statistics.median(values) for name, values in took.items()}
    ours, theirs = (sum(p50[f"{side}, {what}"] for what in ASKED) for side in sides)
    return [
        Figure("cases this person sees", seen, "cases"),
        *(Figure(name, value, "ms") for name, value in p50.items()),
        Figure("ratio, page and count together", theirs / ours, "x", ">=", TIMES_FASTER),
    ]


def _page(cases: Any) -> int:
    return len(list(cases.order_by("-id").values_list("pk", "number", "title", "state")[:PAGE]))


ASKED: dict[str, Callable[[Any], Any]] = {"page": _page, "count": lambda cases: cases.count()}


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


def _share() -> int:
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection
    from guardian.models import UserObjectPermission

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
    seen = list(_by_path(_fresh("handler")).values_list("pk", flat=True))
    twin = User.objects.get(username=PERSON_OF["by row"])
    UserObjectPermission.objects.filter(user=twin).delete()
    UserObjectPermission.objects.bulk_create(
        UserObjectPermission(permission=permission, content_type=kind, object_pk=str(pk), user=twin)
        for pk in seen
    )
    return len(seen)
