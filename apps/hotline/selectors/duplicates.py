"""Cases that may be about the same thing as what is being typed (HL-18, TX-03)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.gis.geos import Point
from django.db import connection

from apps.accounts.models import Tenant, User
from apps.common import clock
from apps.hotline.selectors.words import any_word
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.matters.selectors import visible_cases
from apps.nlp import duplicates as nlp
from apps.places import selectors as places
from apps.places.geometry import degrees_apart_m, degrees_around
from apps.places.models import Area

NEAR_M = 500
RECENT = timedelta(days=30)
CANDIDATES_MAX = 200
SAME_MAX = 20
STREET_DEPTH = 3
# What lies near is looked for before what the viewer may see: the index of places leaves a
# handful, while the rights of a busy client cover thousands of cases.
_ALIKE = """
    with alike as materialized (
        select id from matters_case
        where tenant_id = %(tenant)s and opened_at >= %(since)s
            and search @@ %(words)s::tsquery {place}
        order by {nearest} id desc limit %(most)s
    ), same as (
        select case_id from hotline_demand where text_digest = %(digest)s
        order by case_id desc limit %(most_same)s
    )
    select id, number, title, text, class_code, opened_at, st_x(point), st_y(point),
        id in (select case_id from same)
    from matters_case
    where id in (select id from alike union select case_id from same)
        and tenant_id = %(tenant)s and opened_at >= %(since)s and id is distinct from %(without)s
"""
_NEAR = "point && st_makeenvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
_ALIKE_ANYWHERE = _ALIKE.format(place="", nearest="")
_ALIKE_HERE = _ALIKE.format(
    place=f"and ({_NEAR} or area_path like %(street)s)", nearest=f"{_NEAR} desc nulls last,"
)


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
    is_same_text: bool


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
    near = {} if point is None else _around(point, cell or places.locate(point))
    found = _visible(
        viewer,
        _candidates(
            _ALIKE_HERE if near else _ALIKE_ANYWHERE,
            near
            | {
                "tenant": tenant.pk,
                "since": clock.now() - RECENT,
                "words": any_word(f"{title} {text}"),
                "digest": nlp.text_digest(text),
                "without": without,
            },
        ),
    )
    if not found:
        return []
    here = None if point is None else point.coords
    far = {pk: _distance(here, case) for pk, case in found.items()}
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
            for case in found.values()
        ],
        now=clock.now(),
        limit=limit,
    )
    return [
        Alike(
            case_id=hit.id,
            number=found[hit.id].number,
            score=hit.score,
            reasons=list(hit.reasons),
            distance_m=far[hit.id],
            is_same_text=found[hit.id].is_same_text,
        )
        for hit in scored
    ]


def _candidates(statement: str, asked: dict[str, Any]) -> dict[int, _Recent]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked | {"most": CANDIDATES_MAX, "most_same": SAME_MAX})
        return {row[0]: _Recent(*row) for row in cursor.fetchall()}


def _visible(viewer: User, found: dict[int, _Recent]) -> dict[int, _Recent]:
    if not found:
        return {}
    seen = visible_cases(viewer).filter(pk__in=found).values_list("pk", flat=True)
    return {key: found[key] for key in seen}


def _around(point: Point, cell: Area | None) -> dict[str, Any]:
    """What lies within 500 m, or in the street of the cell."""
    steps = cell.path.strip("/").split("/")[:STREET_DEPTH] if cell is not None else []
    street = "/" + "/".join(steps) + "/%" if steps else ""
    return {**degrees_around((point.x, point.y), NEAR_M)._asdict(), "street": street}


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
