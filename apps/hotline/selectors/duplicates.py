"""Cases that may be about the same thing as what is being typed (HL-18, TX-03)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.gis.geos import Point

from apps.accounts.models import Tenant, User
from apps.common import clock, rows
from apps.hotline.selectors.words import any_word
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.matters.selectors import visible_condition
from apps.nlp import duplicates as nlp
from apps.nlp.marks import STREET_DEPTH, marks_around, marks_since
from apps.nlp.search import any_mark
from apps.places import selectors as places
from apps.places.geometry import degrees_apart_m, degrees_around
from apps.places.models import Area

NEAR_M = 500
RECENT = timedelta(days=30)
CANDIDATES_MAX = 200
SAME_MAX = 20
# What has the words and lies near, one look into the index of words and marks, is looked for
# before what the viewer may see: it is a handful, while the rights of a busy client cover thousands
# of cases. Those few are set apart, or the planner may well walk through the thousands.
_ALIKE = """
    with alike as materialized (
        select id from matters_case
        where tenant_id = %s::bigint and opened_at >= %s::timestamptz
            and search @@ %s::tsquery and search @@ %s::tsquery {place}
        order by {nearest} id desc limit {most}
    ), same as (
        select case_id from hotline_demand where text_digest = %s
        order by case_id desc limit {most_same}
    ), chosen as materialized (
        select * from matters_case
        where id = any(array(select id from alike union select case_id from same))
            and tenant_id = %s::bigint and opened_at >= %s::timestamptz
            and id is distinct from %s::bigint
    )
    select id, number, title, text, class_code, opened_at, st_x(point), st_y(point),
        id = any(array(select case_id from same))
    from chosen as matters_case where {visible}
"""
_NEAR = "point && st_makeenvelope(%s::float8, %s::float8, %s::float8, %s::float8, 4326)"
_HERE = f"and search @@ %s::tsquery and ({_NEAR} or area_path like %s)"
_NEAREST = f"{_NEAR} desc nulls last,"


class _Around(NamedTuple):
    """marks: a ``tsquery`` that leaves little else; box: west, south, east, north in degrees;
    street: a pattern of area paths."""

    marks: str
    box: list[str]
    street: str


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
    found = _candidates(
        viewer,
        tenant,
        words=any_word(title, text),
        digest=nlp.text_digest(text),
        around=None if point is None else _around(point, cell or places.locate(point)),
        without=without,
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


def _candidates(
    viewer: User,
    tenant: Tenant,
    *,
    words: str,
    digest: str,
    around: _Around | None,
    without: int | None,
) -> dict[int, _Recent]:
    visible, reach = visible_condition(viewer)
    now = clock.now()
    city, since = str(tenant.pk), (now - RECENT).isoformat()
    months = any_mark(marks_since(now - RECENT, now))
    here, nearest = ([around.marks, *around.box, around.street], around.box) if around else ([], [])
    statement = _ALIKE.format(
        place=_HERE if around else "",
        nearest=_NEAREST if around else "",
        most=CANDIDATES_MAX,
        most_same=SAME_MAX,
        visible=visible,
    )
    own = None if without is None else str(without)
    values = [city, since, words, months, *here, *nearest, digest, city, since, own, *reach]
    [found] = rows.ask((statement, values))
    return {row[0]: _Recent(*row) for row in found}


def _around(point: Point, cell: Area | None) -> _Around:
    """What lies within 500 m, or in the street of the cell."""
    path = cell.path if cell is not None else ""
    steps = path.strip("/").split("/")[:STREET_DEPTH] if path else []
    lon, lat = point.coords
    box = degrees_around((lon, lat), NEAR_M)
    return _Around(
        any_mark(marks_around((lon, lat), NEAR_M, path)),
        [repr(side) for side in (box.west, box.south, box.east, box.north)],
        "/" + "/".join(steps) + "/%" if steps else "",
    )


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
