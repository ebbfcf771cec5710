"""What citizens may read: their own case without names, published results, public answers."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common.errors import NotFound
from apps.common.periods import last_days
from apps.common.personal import mask_personal
from apps.hotline.models import Article, Demand
from apps.hotline.selectors.knowledge import find_articles, in_force
from apps.hotline.statistics.selectors import (
    PublicBook,
    PublicFigures,
    public_book,
    public_figures,
)
from apps.matters.actors import Reporter
from apps.matters.definition import definition_of
from apps.matters.enums import EvaluationSource
from apps.matters.models import Case, CaseAttachment, CaseEvent, Evaluation
from apps.matters.selectors import list_attachments, offered_actions, public_timeline
from apps.nlp import search
from apps.places.models import Area
from apps.places.selectors import area_prefixes

PAGE_SIZE = 10
FIGURES_SECONDS = 600
STREET_DEPTH = 2  # below the city: district, street; nothing finer is published
DISTRICT_DEPTH = 1
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def public_tenant() -> Tenant:
    """Will give the body whose hotline the public pages are: the named one, else the widest.

    Raises: NotFound (nothing is set up yet).
    """
    tenants = Tenant.objects.select_related("area")
    if settings.CITIZEN_TENANT:
        found = tenants.filter(code=settings.CITIZEN_TENANT).first()
    else:
        with_area = tenants.filter(area__isnull=False)
        found = with_area.order_by("area__level__depth", "pk").first()
    if found is None:
        raise NotFound(_("网上反映还没有开通，请拨打热线电话"))
    return found


# --- One's own case --------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """A case as its reporter sees it. steps: newest first, each with at, text, state.

    expected_at: by when the unit must have answered; None when ended or waiting for the
    reporter. question: what was asked of the reporter, while it waits for an answer.
    """

    case: Case
    state_label: str
    steps: list[dict[str, Any]]
    unit: str
    expected_at: datetime | None
    attachments: list[CaseAttachment]
    can_complete: bool
    can_evaluate: bool
    question: str


def progress_of(case: Case) -> Progress:
    """Will give what the reporter may know of the case; no staff names, no notes (HL-16)."""
    definition = definition_of(case.version_id, case.version.body)
    offered = {action.code for action in offered_actions(Reporter(case_id=case.pk), case)}
    can_complete = "complete" in offered
    return Progress(
        case=case,
        state_label=definition.state(case.state).public_label,
        steps=public_timeline(case)[::-1],
        unit=case.unit.name if case.unit else "",
        expected_at=None if case.is_ended or case.clock_paused else case.due_at,
        attachments=list(list_attachments(case, public_only=True)),
        can_complete=can_complete,
        can_evaluate="evaluate" in offered and not has_evaluated(case),
        question=_question(case) if can_complete else "",
    )


def has_evaluated(case: Case) -> bool:
    """Will tell whether the reporter scored this round already."""
    return Evaluation.objects.filter(
        case=case, round=case.round, source=EvaluationSource.CITIZEN
    ).exists()


def _question(case: Case) -> str:
    asked = CaseEvent.objects.filter(case=case, action="ask_to_complete").order_by("-seq").first()
    return str(asked.data.get("question", "")) if asked else ""


# --- Published results -----------------------------------------------------------------


@dataclass(frozen=True)
class ResultFilters:
    """What a reader narrows the results by; empty means all. before: the page's first id."""

    words: str = ""
    class_code: str = ""
    area_id: int | None = None
    month: str = ""
    before: int | None = None


@dataclass(frozen=True)
class ResultPage:
    """One page of results. next_before: where the next one begins, None at the end."""

    results: list["Result"]
    next_before: int | None


@dataclass(frozen=True)
class Result:
    """A published result, personal data covered. reply: only in the detail."""

    number: str
    title: str
    text: str
    class_label: str
    area_name: str
    unit: str
    opened_at: datetime
    closed_at: datetime | None
    state_label: str
    reply: str = ""


def list_results(tenant: Tenant, filters: ResultFilters) -> ResultPage:
    """Will give published results, newest first, without counting them.

    Raises: InvalidInput (a single character of words).
    """
    found = _published(tenant)
    if filters.words:
        found = found.filter(case__search=search.query(filters.words))
    if filters.class_code:
        found = found.filter(case__class_code=filters.class_code)
    if filters.area_id is not None:
        found = found.filter(_within(filters.area_id))
    if filters.month:
        found = found.filter(_in_month(filters.month))
    if filters.before is not None:
        found = found.filter(pk__lt=filters.before)
    rows = list(found.order_by("-id")[: PAGE_SIZE + 1])
    names = area_names([demand.case for demand in rows[:PAGE_SIZE]])
    shown = [_result(demand.case, names) for demand in rows[:PAGE_SIZE]]
    return ResultPage(shown, rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None)


def get_result(tenant: Tenant, number: str) -> Result:
    """Will give one published result with the answer. Raises: NotFound."""
    demand = _published(tenant).filter(case__number=number).first()
    if demand is None:
        raise NotFound(_("没有这条公开的办理结果"))
    replies = CaseEvent.objects.filter(
        case=demand.case, action__in=["answer", "feed_back"]
    ).exclude(public_text="")
    last = replies.order_by("-seq").first()
    names = area_names([demand.case])
    return _result(demand.case, names, reply=last.public_text if last else "")


def list_districts(tenant: Tenant) -> list[Area]:
    """Will give the districts to choose from."""
    if tenant.area is None:
        return []
    return list(Area.objects.filter(parent=tenant.area, valid_to__isnull=True).order_by("path"))


def _published(tenant: Tenant) -> QuerySet[Demand]:
    """Published, and still allowed to be: agreed to, not secret, ended."""
    return (
        Demand.objects.filter(
            is_published=True,
            is_secret=False,
            case__tenant=tenant,
            case__is_public=True,
            case__is_confidential=False,
            case__closed_at__isnull=False,
        )
        .select_related("case__unit", "case__version", "case__area")
        .defer("case__search", "case__form_data")
    )


def _within(area_id: int) -> Q:
    area = Area.objects.filter(pk=area_id).first()
    below = Q(pk__in=[])
    for prefix in area_prefixes(area) if area is not None else []:
        below |= Q(case__area_path__startswith=prefix)
    return below


def _in_month(month: str) -> Q:
    parts = _MONTH.fullmatch(month)
    if parts is None:
        return Q(pk__in=[])
    year, number = int(parts[1]), int(parts[2])
    first = date(year, number, 1)
    following = date(year + number // 12, number % 12 + 1, 1)
    return Q(case__closed_at__gte=_midnight(first), case__closed_at__lt=_midnight(following))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def area_names(cases: list[Case]) -> dict[int, str]:
    """Will give district and street of each case by its key: too little to find a door."""
    wanted: dict[int, list[int]] = {}
    for case in cases:
        ids = [int(part) for part in case.area_path.strip("/").split("/")]
        wanted[case.pk] = ids[DISTRICT_DEPTH : STREET_DEPTH + 1] or ids[:1]
    areas = Area.objects.in_bulk({pk for ids in wanted.values() for pk in ids})
    return {
        case_id: " ".join(areas[pk].name for pk in ids if pk in areas)
        for case_id, ids in wanted.items()
    }


def _result(case: Case, names: dict[int, str], *, reply: str = "") -> Result:
    definition = definition_of(case.version_id, case.version.body)
    return Result(
        number=case.number,
        title=mask_personal(case.title),
        text=mask_personal(case.text),
        class_label=case.class_label,
        area_name=names.get(case.pk, ""),
        unit=case.unit.name if case.unit else "",
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        state_label=definition.state(case.state).public_label,
        reply=mask_personal(reply),
    )


# --- Figures and answers ---------------------------------------------------------------


def figures_of(tenant: Tenant) -> PublicFigures:
    """Will give the figures of the last 30 days, at most ten minutes old (HL-05)."""
    key = f"citizen:figures:{tenant.pk}"
    known: PublicFigures | None = cache.get(key)
    if known is None:
        known = public_figures(tenant)
        cache.set(key, known, FIGURES_SECONDS)
    return known


def book_of(tenant: Tenant, days: int) -> PublicBook:
    """Will give all public figures of the last days, at most ten minutes old (HL-05)."""
    key = f"citizen:book:{tenant.pk}:{days}:{get_language()}"
    known: PublicBook | None = cache.get(key)
    if known is None:
        known = public_book(tenant, last_days(days))
        cache.set(key, known, FIGURES_SECONDS)
    return known


def list_public_articles(tenant: Tenant, *, words: str = "", limit: int = 20) -> list[Article]:
    """Will give the answers citizens may read: by words, or the most used."""
    if words:
        return find_articles(tenant=tenant, text=words, limit=limit, public_only=True)
    offered = _public_articles(tenant).order_by("-hit_count", "-updated_at")
    return list(offered[:limit])


def get_public_article(tenant: Tenant, article_id: int) -> Article:
    """Will give one public answer in force. Raises: NotFound."""
    article = _public_articles(tenant).filter(pk=article_id).first()
    if article is None:
        raise NotFound(_("没有这个知识条目"))
    return article


def _public_articles(tenant: Tenant) -> QuerySet[Article]:
    return in_force(Article.objects.filter(tenant=tenant, is_public=True)).select_related("unit")
