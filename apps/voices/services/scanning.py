"""The scan: which areas, classes and words have more than past weeks let expect (TX-03).

Run every hour for the day that is, and again whenever asked: a scan replaces what an earlier one
of the same day found. Nothing here decides anything; topics are judged by people.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Q, QuerySet

from apps.accounts.models import Tenant
from apps.common import clock, dictionaries
from apps.matters.models import Case
from apps.matters.registry import CLASS_DICTIONARY
from apps.nlp.duplicates import text_digest
from apps.nlp.marks import STREET_DEPTH
from apps.nlp.phrases import rising_phrases
from apps.places.models import Area
from apps.voices import surprise
from apps.voices.counting import Counted, count_windows, end_of
from apps.voices.enums import Window
from apps.voices.models import HeatScan, HotSpot, RisingPhrase, StopPhrase
from apps.voices.selectors.teaching import limits_of

LEAST_REPORTERS = 3
MOST_SPOTS = 50
DEPTHS = (STREET_DEPTH, STREET_DEPTH + 1)  # streets and communities
TEXTS_MAX, BACKGROUND_MAX = 5_000, 10_000
SAMPLES = 20


@dataclass(frozen=True)
class _Found:
    counted: Counted
    window: int
    p_value: float
    q_value: float


@transaction.atomic
def scan_day(tenant: Tenant, *, day: date) -> HeatScan:
    """Will count, test and write what is hot on a day; six statements over nine weeks.

    Locks the scan of the day: of two at once the second repeats the first. Replaces its spots
    and phrases. Source: TX-03.
    """
    HeatScan.objects.get_or_create(tenant=tenant, day=day, defaults={"ran_at": clock.now()})
    scan = HeatScan.objects.select_for_update().get(tenant=tenant, day=day)
    tests = [
        (window, counted)
        for window in (Window.DAY.value, Window.WEEK.value)
        for depth in DEPTHS
        for counted in count_windows(tenant, day=day, days=window, depth=depth)
    ]
    scan.spread = surprise.spread_of(
        counted.past for window, counted in tests if window == Window.WEEK
    )
    scan.tested, scan.ran_at = len(tests), clock.now()
    scan.reports = week_of(tenant, day).count()
    scan.save(update_fields=["spread", "tested", "ran_at", "reports"])
    scan.spots.all().delete()
    scan.phrases.all().delete()
    _write_spots(scan, _clearest(tests, scan.spread))
    _write_phrases(scan)
    return scan


def week_of(tenant: Tenant, day: date) -> QuerySet[Case]:
    """Will give the hotline's cases of the seven days up to a day."""
    end = end_of(day)
    return Case.objects.filter(
        tenant=tenant,
        matter_type__code__startswith="hotline.",
        opened_at__gte=end - timedelta(days=7),
        opened_at__lt=end,
    )


def _clearest(tests: list[tuple[int, Counted]], spread: float) -> list[_Found]:
    p_values = [surprise.tail(counted.now, counted.past, spread) for _window, counted in tests]
    q_values = surprise.false_discovery(p_values, tests=len(tests))
    found = [
        _Found(counted, window, p, q)
        for (window, counted), p, q in zip(tests, p_values, q_values, strict=True)
        if counted.now >= LEAST_REPORTERS
    ]
    return sorted(found, key=lambda each: (each.p_value, -each.counted.now))


def _write_spots(scan: HeatScan, found: list[_Found]) -> None:
    """An event shows in its community, its street, its day and its week: the clearest is kept."""
    found = [each for each in found if each.q_value <= 0.05][: MOST_SPOTS * 10]
    areas = Area.objects.defer("boundary").in_bulk({each.counted.area_id for each in found})
    limits = limits_of(scan.tenant, scan.day)
    labels = dict(dictionaries.choices(CLASS_DICTIONARY))
    kept: list[HotSpot] = []
    for each in found:
        area, code = areas.get(each.counted.area_id), each.counted.class_code
        if area is None or any(_is_nested(area.path, code, other) for other in kept):
            continue
        limit = limits.of_spot(area.path, code)
        if each.q_value > limit.value:
            continue
        kept.append(
            HotSpot(
                scan=scan,
                tenant_id=scan.tenant_id,
                area=area,
                area_path=area.path,
                class_code=code,
                class_label=str(labels.get(code, code)),
                window=each.window,
                day=scan.day,
                observed=each.counted.now,
                expected=surprise.expected_of(each.counted.past),
                p_value=each.p_value,
                q_value=each.q_value,
                limit=limit.value,
                point=_middle(cases_of_spot(scan.tenant, area.path, code, scan.day, each.window)),
            )
        )
        if len(kept) == MOST_SPOTS:
            break
    HotSpot.objects.bulk_create(kept)


def _is_nested(path: str, class_code: str, other: HotSpot) -> bool:
    near = path.startswith(other.area_path) or other.area_path.startswith(path)
    return near and class_code == other.class_code


def cases_of_spot(
    tenant: Tenant, area_path: str, class_code: str, day: date, days: int
) -> QuerySet[Case]:
    """Will give the cases a spot was counted from."""
    end = end_of(day)
    return Case.objects.filter(
        Q(area_path__startswith=area_path),
        tenant=tenant,
        class_code=class_code,
        matter_type__code__startswith="hotline.",
        opened_at__gte=end - timedelta(days=days),
        opened_at__lt=end,
    )


def _middle(cases: QuerySet[Case]) -> Point | None:
    """Where the middle one of them lies, so that the mark stands at a place somebody named."""
    points = [p for p in cases.exclude(point=None).values_list("point", flat=True)[:500] if p]
    points.sort(key=lambda p: (p.x, p.y))
    return points[len(points) // 2] if points else None


def _write_phrases(scan: HeatScan) -> None:
    """Confidential reports give no words to a list; one reporter counts once."""
    week = week_of(scan.tenant, scan.day).filter(is_confidential=False)
    before = Case.objects.filter(
        tenant=scan.tenant,
        matter_type__code__startswith="hotline.",
        is_confidential=False,
        opened_at__gte=end_of(scan.day) - timedelta(days=63),
        opened_at__lt=end_of(scan.day) - timedelta(days=7),
    )
    written = before.order_by("-id").values_list("title", "text")
    limits = limits_of(scan.tenant, scan.day)
    found = rising_phrases(
        _one_each(week.order_by("-id")[:TEXTS_MAX]),
        [f"{title} {text}" for title, text in written[:BACKGROUND_MAX]],
        stop=list(StopPhrase.objects.filter(tenant=scan.tenant).values_list("text", flat=True)),
    )
    RisingPhrase.objects.bulk_create(
        RisingPhrase(
            scan=scan,
            tenant_id=scan.tenant_id,
            day=scan.day,
            text=each.phrase,
            observed=each.observed,
            expected=each.expected,
            strength=each.strength,
            case_ids=list(each.texts[:SAMPLES]),
        )
        for each in found
        if each.strength >= limits.of_phrase(each.phrase).value
    )


def _one_each(cases: QuerySet[Case]) -> list[tuple[int, str]]:
    seen: set[str] = set()
    texts = []
    for key, title, text, phone in cases.values_list(
        "pk", "title", "text", "demand__reporter_phone"
    ):
        who = phone or text_digest(text)
        if who not in seen:
            seen.add(who)
            texts.append((key, f"{title} {text}"))
    return texts
