"""Words for places that nobody could place: gathered, put together, worked through.

A report brings the address of something reported, never who reported it. What the gazetteer
places surely is forgotten at once; the rest is kept, masked, with others like it, until a
keeper of names makes it an alias or an entry, or says why it is none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.personal import mask_personal
from apps.places import permissions
from apps.places.address import Reading
from apps.places.enums import PartKind, UnplacedCause, UnplacedState
from apps.places.geometry import distance_m
from apps.places.models import Area, GazetteerEntry, ReadingMark, UnplacedReport, UnplacedText
from apps.places.selectors.geocoding import understand
from apps.places.services.gazetteer import add_alias
from apps.places.services.library import NewEntry, add_entry

AGREES_M = 300.0  # a point so near to what the words say is no correction
ALIKE = 0.4  # likeness of trigrams above which two texts name the same thing
TEXT_MAX = 200
GROUPED_DEPTH = 3  # the third storey, a street: words are put together within it
_ONE_AT_A_TIME = 5_405_042  # the advisory lock of this list
_PRIVATE = frozenset({PartKind.UNIT, PartKind.FLOOR, PartKind.ROOM})
_NAMES = frozenset({PartKind.ROAD, PartKind.PLACE})
_NUMBERS = frozenset({PartKind.NUMBER, PartKind.BUILDING, PartKind.MARK, PartKind.POLE})


@dataclass(frozen=True)
class PlaceReport:
    """Where something was said to be. origin: what said it, once each, such as case:17.

    point: where a person or a device put it, SRID 4326; None if nobody did. area: where the
    report lies, as fine as it is known.
    """

    origin: str
    text: str
    area: Area
    at: datetime
    point: Point | None = None


@transaction.atomic
def take_reports(reports: list[PlaceReport]) -> int:
    """Will keep those reports the gazetteer cannot place, and give how many.

    The same origin again changes nothing. One at a time: an advisory lock keeps two from
    opening two lines for the same words. Called by the collectors of higher layers.
    Source: GE-05.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    known = set(
        UnplacedReport.objects.filter(origin__in=[r.origin for r in reports]).values_list(
            "origin", flat=True
        )
    )
    return sum(_take(report) for report in reports if report.origin not in known)


@transaction.atomic
def solve_with_entry(actor: Any, *, unplaced_id: int, entry_id: int, alias: str) -> UnplacedText:
    """Will make the words another name of a known place, and take them off the list.

    Locks the line and the entry. Raises: NotAllowed; NotFound; Refused (worked on already);
    InvalidInput (field "alias").
    """
    unplaced = _lock(actor, unplaced_id)
    entry = add_alias(actor, entry_id=entry_id, alias=alias)
    return _decide(actor, unplaced, UnplacedState.SOLVED, entry=entry, note=alias.strip())


@transaction.atomic
def solve_with_new(actor: Any, *, unplaced_id: int, new: NewEntry) -> UnplacedText:
    """Will enter a new place of that name, and take the words off the list.

    Locks the line. Raises: NotAllowed; NotFound; Refused (worked on already; the name stands
    there); InvalidInput (as ``add_entry``).
    """
    unplaced = _lock(actor, unplaced_id)
    entry = add_entry(actor, new=new)
    return _decide(actor, unplaced, UnplacedState.SOLVED, entry=entry, note=entry.name)


@transaction.atomic
def ignore_unplaced(actor: Any, *, unplaced_id: int, reason: str) -> UnplacedText:
    """Will take words off the list that name no place worth knowing.

    Locks the line. Raises: NotAllowed; NotFound; Refused (worked on already); InvalidInput
    (field "reason": empty, too long).
    """
    unplaced = _lock(actor, unplaced_id)
    reason = reason.strip()
    if not reason or len(reason) > 200:
        raise InvalidInput(_("请填写忽略的原因，不超过 200 个字"), field="reason")
    return _decide(actor, unplaced, UnplacedState.IGNORED, entry=None, note=reason)


@transaction.atomic
def lock_mark(source: str, *, first: Callable[[], int]) -> ReadingMark | None:
    """Will lock how far a source has been read; None while another reads it.

    first: gives where to begin; asked only if it was never read.
    """
    ReadingMark.objects.get_or_create(source=source, defaults={"last_id": first})
    return ReadingMark.objects.select_for_update(skip_locked=True).filter(source=source).first()


def move_mark(mark: ReadingMark, *, to: int) -> None:
    """Will note how far a source has been read; within the transaction that locked the mark."""
    mark.last_id = to
    mark.save(update_fields=["last_id"])


def masked(reading: Reading) -> str:
    """Will give the words without units, floors, rooms, telephone and identity numbers."""
    shown, done = [], 0
    for part in reading.parts:
        if part.kind not in _PRIVATE:
            continue
        shown += [reading.text[done : part.start], "＊"]
        done = part.end
    return mask_personal("".join([*shown, reading.text[done:]]))[:300]


def stem_of(reading: Reading) -> str:
    """Will give what is not known of a text, else its names and numbers, else its first words."""
    unknown: list[str] = []
    for before, part in zip((None, *reading.parts), reading.parts, strict=False):
        if part.kind not in _NAMES or part.is_known:
            continue
        # 云台医院宿舍: the known name belongs to what is not known.
        if before is not None and before.kind in _NAMES and before.is_known:
            unknown.append(before.key)
        unknown.append(part.key)
    if unknown:
        return "".join(unknown)[:120]
    named = [p.key for p in reading.parts if p.kind in _NAMES | _NUMBERS]
    other = [p.key for p in reading.parts if p.kind in {PartKind.OTHER, PartKind.AREA}]
    return ("".join(named) or "".join(other)[:12])[:120]


def _take(report: PlaceReport) -> bool:
    understanding = understand(report.text[:TEXT_MAX], within=report.area, limit=1)
    reading = understanding.reading
    stem = stem_of(reading)
    if len(stem) < 2:
        return False
    if understanding.is_sure:
        best = understanding.candidates[0]
        reach_m = AGREES_M + best.precision_m
        if report.point is None or distance_m(best.point, report.point) <= reach_m:
            return False
    text = masked(reading)
    cause = UnplacedCause.UNPLACED if report.point is None else UnplacedCause.BY_HAND
    unplaced = _line_for(report, stem, text, cause)
    UnplacedReport.objects.create(
        unplaced=unplaced,
        origin=report.origin,
        text=text,
        point=report.point,
        reported_at=report.at,
    )
    return True


def _line_for(report: PlaceReport, stem: str, text: str, cause: UnplacedCause) -> UnplacedText:
    """The open line these words belong to, counted up; a new one if there is none."""
    above = [int(pk) for pk in report.area.path.strip("/").split("/")][:GROUPED_DEPTH]
    area = Area.objects.defer("boundary").get(pk=above[-1])
    near = Q(area_path__startswith=area.path) | Q(area_id__in=above)
    found = (
        UnplacedText.objects.select_for_update()
        .filter(near, state=UnplacedState.OPEN, stem__trigram_similar=stem)
        .annotate(likeness=TrigramSimilarity("stem", stem))
        .filter(Q(likeness__gte=ALIKE) | Q(stem=stem))
        .order_by("-likeness", "pk")
        .first()
    )
    if found is None:
        return UnplacedText.objects.create(
            stem=stem,
            sample=text,
            area=area,
            area_path=area.path,
            cause=cause,
            times=1,
            point=report.point,
            first_at=report.at,
            last_at=report.at,
        )
    found.times = F("times") + 1
    found.last_at = max(found.last_at, report.at)
    found.point = report.point or found.point
    found.save(update_fields=["times", "last_at", "point"])
    return found


def _lock(actor: Any, unplaced_id: int) -> UnplacedText:
    permissions.require_manage_areas(actor)
    found = UnplacedText.objects.select_for_update(of=("self",)).select_related("area")
    unplaced = found.filter(pk=unplaced_id).first()
    if unplaced is None or not permissions.can_keep_names_in(actor, unplaced.area):
        raise NotFound(_("未匹配地址不存在"))
    if unplaced.state != UnplacedState.OPEN:
        raise Refused(_("这条地址已经处理过"), code="unplaced_decided")
    return unplaced


def _decide(
    actor: Any,
    unplaced: UnplacedText,
    state: UnplacedState,
    *,
    entry: GazetteerEntry | None,
    note: str,
) -> UnplacedText:
    unplaced.state, unplaced.entry, unplaced.note = state, entry, note[:200]
    unplaced.decided_by, unplaced.decided_at = actor.display_name[:100], clock.now()
    unplaced.save(update_fields=["state", "entry", "note", "decided_by", "decided_at"])
    audit.record(
        actor,
        f"unplaced.{state.value}",
        object_type="unplaced_text",
        object_id=unplaced.pk,
        object_label=unplaced.sample[:100],
        data={"times": unplaced.times, "entry": entry.pk if entry else None, "note": note},
    )
    return unplaced
