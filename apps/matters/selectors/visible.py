"""Which cases a viewer may see at all."""

from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from apps.accounts.models import Organization, User
from apps.accounts.selectors import (
    Scope,
    area_scope_q,
    organization_scope_q,
    scope_of,
    shared_object_ids,
)
from apps.common.journeys import Statement
from apps.common.memory import Memory
from apps.common.questions import condition_of
from apps.matters import permissions
from apps.matters.enums import TaskKind
from apps.matters.models import Case, Task
from apps.matters.registry import list_relations
from apps.nlp import search

_shared: Memory[tuple[int, ...]] = Memory(of=("guardian.UserObjectPermission", "accounts.User"))


def visible_cases(viewer: User) -> QuerySet[Case]:
    """Will give the cases this viewer may see, unordered.

    By work for the whole tenant within the duty area, by tasks of the viewer's units (main,
    co-handling, countersigning), by checks the viewer is asked for, by duty area, by having
    opened it, or by explicit share (CO-06), which is remembered for two seconds. Everything in
    SQL.
    """
    return _reached(viewer.pk, scope_of(viewer), _shared_with(viewer)).all()


def visible_condition(viewer: User) -> Statement:
    """Will give the same as SQL over rows called ``matters_case``, for statements by hand.

    What the SQL is depends only on the viewer's reach, which is asked as ever; the SQL of a
    reach is made once.
    """
    return _condition(viewer.pk, scope_of(viewer), _shared_with(viewer))


@lru_cache(maxsize=200)
def _condition(viewer: int, scope: Scope, shared: tuple[int, ...]) -> Statement:
    return condition_of(_reached(viewer, scope, shared))


@lru_cache(maxsize=200)
def _reached(viewer: int, scope: Scope, shared: tuple[int, ...]) -> QuerySet[Case]:
    """Composed once a reach, and never read itself."""
    if scope.everything:
        return Case.objects.all()
    reach = Q(opened_by_id=viewer)
    if shared:
        reach |= Q(pk__in=shared)
    if "matters.check_case" in scope.permissions:
        mine = Task.objects.filter(person_id__in=scope.person_ids, kind=TaskKind.CHECK).order_by()
        reach |= Q(pk__in=mine.values("case_id"))
    sees_unit = permissions.sees_unit(scope)
    if permissions.sees_tenant(scope) or "matters.view_area_cases" in scope.permissions:
        reach |= tenant_q(scope)
        return Case.objects.filter(reach | unit_q(scope) if sees_unit else reach)
    return Case.objects.filter(_one_by_one(scope, reach) if sees_unit else reach)


def _shared_with(viewer: User) -> tuple[int, ...]:
    return _shared.get(viewer.pk, lambda: _read_shared(viewer))


def _read_shared(viewer: User) -> tuple[int, ...]:
    return shared_object_ids(viewer, "matters.view_case", Case)


def _one_by_one(scope: Scope, reach: Q) -> Q:
    """The cases of the viewer's units and ``reach``, as a set the database can join.

    A unit sees a hundredth of the city's cases. Joined by OR the planner takes them for half of
    all and walks through the whole city; as a union each arm has its index and its estimate.
    It stays as text what Django would make of it again and again.
    """
    units = Organization.objects.filter(organization_scope_q(scope, field="path")).values("pk")
    arms = [
        Case.objects.filter(reach).values("pk"),
        Case.objects.filter(unit_id__in=units).values("pk"),
    ]
    worked_on = Task.objects.filter(unit_id__in=units).order_by().values("case_id")
    union = arms[0].union(arms[1], worked_on, all=True)
    return Q(pk__in=RawSQL(*union.query.sql_with_params()))  # noqa: S611  made by Django itself


def tenant_q(scope: Scope) -> Q:
    """Will match the cases of the viewer's tenants within the duty areas."""
    return Q(tenant_id__in=scope.tenant_ids) & area_scope_q(scope, field="area_path")


def unit_q(scope: Scope) -> Q:
    """Will match cases a unit of the viewer is, or once was, asked to work on."""
    worked_on = Task.objects.filter(
        organization_scope_q(scope, field="unit_path"), case=OuterRef("pk")
    )
    return organization_scope_q(scope, field="unit_path") | Q(Exists(worked_on))


def matching(text: str) -> Q:
    """Will give the condition "has these words, or this receipt number".

    Two characters suffice; each word is matched as it stands.
    Raises: InvalidInput (a single character).
    """
    text = text.strip()
    if text.replace("-", "").isdigit() and len(text) >= 6:
        return Q(number__startswith=text)
    return Q(search=search.query(text))


def search_cases(viewer: User, text: str) -> QuerySet[Case]:
    """Will find visible cases by words of title and text, or by receipt number, newest first.

    With the GIN index the cost follows the number of hits, not of cases.
    """
    return (
        visible_cases(viewer)
        .filter(matching(text))
        .select_related("unit", "area", "matter_type", "version")
        .defer("search", "form_data", "area__boundary")
        .order_by("-id")
    )


def as_rows(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Will load what a row of a list shows, its relations with it, and nothing longer.

    Versions come apart from the rows: a page has a few, and each is a whole definition.
    """
    found = cases.select_related("unit", "area", "matter_type", "proposal")
    found = found.defer(
        "search", "text", "form_data", "point", "area__boundary",
        "proposal__matched_rows", "proposal__explanation",
    )  # fmt: skip
    return found.prefetch_related("version", *list_relations())
