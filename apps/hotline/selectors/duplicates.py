"""Cases that may be about the same thing as what is being typed (HL-18, TX-03)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.gis.geos import Point
from django.db import connection
from django.db.models import Case as Case_
from django.db.models import FloatField, Func, Q, QuerySet, When

from apps.accounts.models import Tenant, User
from apps.common import clock
from apps.hotline.selectors.words import any_word
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.matters.selectors import visible_cases
from apps.nlp import duplicates as nlp
from apps.places import selectors as places
from apps.places.geometry import box_around, degrees_apart_m
from apps.places.models import Area

NEAR_M = 500
RECENT = timedelta(days=30)
CANDIDATES_MAX = 200
SAME_MAX = 20
STREET_DEPTH = 3
_SAME_TEXT = """
    SELECT case_id FROM hotline_demand WHERE text_digest = %s ORDER BY case_id DESC LIMIT %s
"""


class _Recent(NamedTuple):
    """What is compared of a case. lon, lat: None without a point."""

    id: int
    number: str
    title: str
    text: str
    class_code: str
    opened_at: datetime
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class Alike:
    """A case that may be the same, by number. score: 0 to 1; reasons: why, for people."""

    case_id: int
    number: str
    score: float
    reasons: list[str]
    distance_m: float | None
    is_same_text: bool


@dataclass(frozen=True)
class LikelyDuplicate:
    """A case that may be the same. score: 0 to 1; reasons: why, for the agent."""

    case: Case
    score: float
    reasons: list[str]
    distance_m: float | None
    state_label: str
    is_same_text: bool


def likely_duplicates(
    viewer: User,
    *,
    tenant: Tenant,
    text: str,
    title: str = "",
    point: Point | None = None,
    cell: Area | None = None,
    class_code: str = "",
    limit: int = 5,
) -> list[LikelyDuplicate]:
    """Will give what ``alike_cases`` finds with all a page says of a case."""
    found = alike_cases(
        viewer,
        tenant=tenant,
        text=text,
        title=title,
        point=point,
        cell=cell,
        class_code=class_code,
        limit=limit,
    )
    shown = _shown([hit.case_id for hit in found])
    return [
        LikelyDuplicate(
            case=shown[hit.case_id],
            score=hit.score,
            reasons=hit.reasons,
            distance_m=hit.distance_m,
            state_label=_state_label(shown[hit.case_id]),
            is_same_text=hit.is_same_text,
        )
        for hit in found
    ]


def alike_cases(
    viewer: User,
    *,
    tenant: Tenant,
    text: str,
    title: str = "",
    point: Point | None = None,
    cell: Area | None = None,
    class_code: str = "",
    without: int | None = None,
    limit: int = 5,
) -> list[Alike]:
    """Will give the visible cases of 30 days that look like this text, the likeliest first.

    Compared are those within 500 m or in the same street that share rare words, and those with
    the very same words anywhere; without a point, the newest that share rare words. At most 220
    are read. point: SRID 4326; cell: where it lies, if the caller knows; without: the case the
    text is of.
    """
    recent = visible_cases(viewer).filter(tenant=tenant, opened_at__gte=clock.now() - RECENT)
    found = _candidates(recent, text, f"{title} {text}", point, cell, without)
    if not found:
        return []
    here = None if point is None else point.coords
    far = {pk: _distance(here, case) for pk, (case, _same) in found.items()}
    scored = nlp.rank(
        f"{title}\n{text}".strip(),
        [
            nlp.DuplicateCandidate(
                id=case.id,
                title=case.title,
                body=case.text,
                created_at=case.opened_at,
                distance_m=far[case.id],
                same_class=bool(class_code) and case.class_code == class_code,
            )
            for case, _same in found.values()
        ],
        now=clock.now(),
        limit=limit,
    )
    return [
        Alike(
            case_id=hit.id,
            number=found[hit.id][0].number,
            score=hit.score,
            reasons=list(hit.reasons),
            distance_m=far[hit.id],
            is_same_text=found[hit.id][1],
        )
        for hit in scored
    ]


def _candidates(
    recent: QuerySet[Case],
    text: str,
    words: str,
    point: Point | None,
    cell: Area | None,
    without: int | None,
) -> dict[int, tuple[_Recent, bool]]:
    """By key, each with whether its text is the very same."""
    with connection.cursor() as cursor:
        cursor.execute(_SAME_TEXT, [nlp.text_digest(text), SAME_MAX])
        same = {key for (key,) in cursor.fetchall()}
    cases = _alike(recent, words, point, cell)
    missing = same - {case.id for case in cases} - {without}
    if missing:
        cases += _read(recent.filter(pk__in=missing))
    return {case.id: (case, case.id in same) for case in cases if case.id != without}


def _alike(
    recent: QuerySet[Case], words: str, point: Point | None, cell: Area | None
) -> list[_Recent]:
    """The newest that share a telling word; with a point those near it, then of its street."""
    query = any_word(words)
    if query is None:
        return []
    alike = recent.filter(search=query).order_by("-id")
    if point is not None:
        near = Q(point__bboverlaps=box_around(point, NEAR_M))
        is_near = Case_(When(near, then=True), default=False)
        alike = alike.filter(near | _same_street(cell or places.locate(point))).order_by(
            is_near.desc(), "-id"
        )
    return _read(alike[:CANDIDATES_MAX])


def _read(cases: QuerySet[Case]) -> list[_Recent]:
    rows = cases.values_list(
        "id", "number", "title", "text", "class_code", "opened_at",
        Func("point", function="ST_X", output_field=FloatField()),
        Func("point", function="ST_Y", output_field=FloatField()),
    )  # fmt: skip
    return [_Recent(*row) for row in rows]


def _same_street(cell: Area | None) -> Q:
    if cell is None:
        return Q(pk__in=[])
    steps = cell.path.strip("/").split("/")[:STREET_DEPTH]
    return Q(area_path__startswith="/" + "/".join(steps) + "/")


def _shown(keys: list[int]) -> dict[int, Case]:
    """The few that are shown, with all a page says of a case."""
    if not keys:
        return {}
    found = Case.objects.select_related("version", "unit").defer("search", "form_data")
    return found.in_bulk(keys)


def _distance(here: tuple[float, ...] | None, case: _Recent) -> float | None:
    if here is None or case.lon is None or case.lat is None:
        return None
    return degrees_apart_m((here[0], here[1]), (case.lon, case.lat))


def _state_label(case: Case) -> str:
    return definition_of(case.version_id, case.version.body).state(case.state).label
