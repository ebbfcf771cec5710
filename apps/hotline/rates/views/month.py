"""A month's rates: the figures, their ranking, the cases behind each, export, closing."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.pages import take
from apps.hotline.enums import Rate
from apps.hotline.rates import selectors, services
from apps.hotline.rates.facts import month_of
from apps.hotline.rates.forms import SwitchesForm, switches_of
from apps.hotline.rates.formula import explain, explain_rate
from apps.hotline.rates.judging import RATES, REASONS, Tally
from apps.hotline.rates.selectors import Asked, MonthView, Standing
from apps.hotline.rates.views.access import (
    month_asked,
    neighbours,
    number,
    rates_required,
)
from apps.matters.definition import definition_of

PAGE_SIZE = 50
CHART_LINES = 15
TABLES = ("units", "districts", "streets", "channels", "classes")
#: What an address calls the key of a table's line.
KEYS = {"units": "unit_id", "channels": "channel", "classes": "class_code"}
PARTS = ("num", "missed", "den", "excluded")


@rates_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The three rates of a month with formula, ranking and exclusions."""
    actor = actor_of(request)
    month = month_asked(request.GET.get("month"))
    view = selectors.read_month(actor, month, tenant_id=number(request.GET.get("tenant")))
    before = selectors.read_month(actor, neighbours(month)[0], tenant_id=view.tenant.pk)
    total, was = view.total, before.total
    table = request.GET.get("by") if request.GET.get("by") in TABLES else "units"
    standings = _standings(request, view, str(table))
    context = {
        "view": view,
        "month": month,
        "month_value": f"{month:%Y-%m}",
        "before": neighbours(month)[0],
        "after": neighbours(month)[1],
        "score": total.score(view.rules.weights),
        "score_before": was.score(before.rules.weights),
        "rates": [_rate_tile(view, total, was, rate) for rate in RATES],
        "total": total,
        "cases_url": _cases_url(view, Asked()),
        "reasons": [
            (REASONS[code], n, _cases_url(view, Asked(part="excluded", reason=code)))
            for code, n in sorted(total.excluded.items())
        ],
        "rules": explain(view.rules),
        "table": table,
        "tabs": _tabs(request, str(table)),
        "standings": [_row(view, str(table), s) for s in standings],
        "chart": _chart(standings),
        "columns": [
            {"key": "name", "label": _("名称")},
            {"key": "score", "label": _("综合得分"), "is_number": True},
        ],
        "can_close": view.closed is None
        and actor.has_perm("hotline.approve_rates")
        and clock.today() > month_of(month).last,
        "untouched": selectors.is_untouched(view.closed) if view.closed else None,
        "query": urlencode({"month": f"{month:%Y-%m}", "tenant": view.tenant.pk}),
    }
    return render(request, "hotline/rates/overview.html", context)


@rates_required
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """The cases a figure was added up from, each with how it counted."""
    actor, query = actor_of(request), request.GET
    month = month_asked(query.get("month"))
    view = selectors.read_month(actor, month, tenant_id=number(query.get("tenant")))
    asked = Asked(
        rate=query.get("rate", "") if query.get("rate") in RATES else "",
        part=query.get("part", "") if query.get("part") in PARTS else "den",
        unit_id=number(query.get("unit")),
        area_id=number(query.get("area")),
        reason=query.get("reason", "") if query.get("reason") in REASONS else "",
        channel=query.get("channel", "")[:10],
        class_code=query.get("class", "")[:40],
    )
    found = selectors.entries_behind(view, asked)
    page = number(query.get("page")) or 1
    start = (min(page, 10_000) - 1) * PAGE_SIZE
    shown = selectors.load_cases(found[start : start + PAGE_SIZE])
    context = {
        "view": view,
        "month": month,
        "title": _title(asked),
        "count": len(found),
        "rows": [
            {
                "case": case,
                "state": definition_of(case.version_id, case.version.body).state(case.state),
                "entry": entry,
                "reason": REASONS.get(entry.reason, ""),
            }
            for case, entry in shown
        ],
        "previous_url": _page_url(request, page - 1) if page > 1 else "",
        "next_url": _page_url(request, page + 1) if len(found) > start + PAGE_SIZE else "",
        "query": urlencode({"month": f"{month:%Y-%m}", "tenant": view.tenant.pk}),
    }
    return render(request, "hotline/rates/cases.html", context)


@rates_required
@require_GET
def export(request: HttpRequest, table: str) -> HttpResponseBase:
    """A ranking, or every case with how it counted, as xlsx; audited. Raises: NotFound."""
    actor = actor_of(request)
    month = month_asked(request.GET.get("month"))
    view = selectors.read_month(actor, month, tenant_id=number(request.GET.get("tenant")))
    rows: list[Any]
    if table in TABLES:
        columns, rows = _standing_columns(), _standings(request, view, table)
    elif table == "cases":
        columns, rows = _entry_columns(), view.entries
    else:
        raise NotFound(_("没有这张表"))
    audit.record(
        actor,
        "rates.exported",
        object_type="rates",
        object_id=table,
        object_label=f"{view.tenant.name} {month:%Y-%m}",
        data={"rows": len(rows), "formula": view.formula.number if view.formula else None},
    )
    return xlsx_response(f"rates-{table}-{month:%Y%m}.xlsx", columns, rows)


@rates_required
@require_GET
def what_if(request: HttpRequest) -> HttpResponse:
    """The month's ranking as it stands beside what other weights and switches would make of it."""
    actor, month = actor_of(request), month_asked(request.GET.get("month"))
    view = selectors.read_month(actor, month, tenant_id=number(request.GET.get("tenant")))
    is_tried = "satisfied_from" in request.GET
    form = SwitchesForm(request.GET if is_tried else None, initial=switches_of(view.rules))
    context: dict[str, Any] = {
        "view": view,
        "month": month,
        "form": form,
        "query": urlencode({"month": f"{month:%Y-%m}", "tenant": view.tenant.pk}),
    }
    if is_tried and form.is_valid():
        tried = take(form, lambda: selectors.what_if(actor, view, form.body))
        if tried is not None:
            context |= _compared(view, tried)
    return render(
        request, "hotline/rates/what_if.html", context, status=422 if form.errors else 200
    )


def _compared(view: MonthView, tried: MonthView) -> dict[str, Any]:
    before, after = selectors.rank_units(view), selectors.rank_units(tried)
    return {
        "tried": tried,
        "score": tried.total.score(tried.rules.weights),
        "score_before": view.total.score(view.rules.weights),
        "lines": [
            {"now": now, "was": was, "moved": was.place - now.place if was else None}
            for now, was in selectors.compare(before, after)
        ],
    }


@rates_required
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Closes a month that is over."""
    actor = actor_of(request)
    month = month_asked(request.POST.get("month"))
    tenant = selectors.tenant_for(actor, number(request.POST.get("tenant")))
    try:
        closed = services.close_month(actor, tenant=tenant, month=month)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已封账，共 %d 件") % closed.line_count)
    return redirect(f"{reverse('hotline:rates')}?month={month:%Y-%m}&tenant={tenant.pk}")


def _standings(request: HttpRequest, view: MonthView, table: str) -> list[Standing]:
    ranks = {
        "units": selectors.rank_units,
        "channels": selectors.rank_channels,
        "classes": selectors.rank_classes,
    }
    if table in ranks:
        return ranks[table](view)
    below = 1 if table == "districts" else 2
    return selectors.rank_areas(actor_of(request), view, below=below)


def _rate_tile(view: MonthView, total: Tally, was: Tally, rate: str) -> dict[str, Any]:
    value, before = total.rate(rate), was.rate(rate)
    moved = value - before if value is not None and before is not None else None
    return {
        "label": Rate(rate).label,
        "value": value,
        "weight": view.rules.weights[rate],
        "part": total.part[rate],
        "whole": total.whole[rate],
        "missed": total.whole[rate] - total.part[rate],
        "moved": moved,
        "how": explain_rate(view.rules, rate),
        "num_url": _cases_url(view, Asked(rate, "num")),
        "den_url": _cases_url(view, Asked(rate, "den")),
        "missed_url": _cases_url(view, Asked(rate, "missed")),
    }


def _row(view: MonthView, table: str, standing: Standing) -> dict[str, Any]:
    here: dict[str, Any] = {KEYS.get(table, "area_id"): standing.id}
    tally = standing.tally
    return {
        "place": standing.place,
        "name": standing.name,
        "score": standing.score,
        "counted": tally.counted,
        "left_out": tally.left_out,
        "url": _cases_url(view, Asked(**here)),
        "left_out_url": _cases_url(view, Asked(part="excluded", **here)),
        "rates": [
            {
                "value": tally.rate(rate),
                "part": tally.part[rate],
                "whole": tally.whole[rate],
                "url": _cases_url(view, Asked(rate, "missed", **here)),
            }
            for rate in RATES
        ],
    }


def _chart(standings: list[Standing]) -> dict[str, Any]:
    shown = [s for s in standings if s.score is not None][:CHART_LINES][::-1]
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "max": 100},
        "yAxis": {"type": "category", "data": [s.name for s in shown]},
        "series": [
            {"name": _("综合得分"), "type": "bar", "data": [float(str(s.score)) for s in shown]}
        ],
    }


def _tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    labels = {
        "units": _("按承办单位"),
        "districts": _("按区县"),
        "streets": _("按街道"),
        "channels": _("按来源渠道"),
        "classes": _("按诉求分类"),
    }
    query = request.GET.copy()
    tabs = []
    for code, label in labels.items():
        query["by"] = code
        tabs.append({"label": label, "url": f"?{query.urlencode()}", "current": code == current})
    return tabs


def _title(asked: Asked) -> str:
    if asked.part == "excluded":
        return _("未计入的诉求") if not asked.reason else str(REASONS[asked.reason])
    if not asked.rate:
        return _("计入的诉求")
    label = Rate(asked.rate).label
    return {
        "num": _("%s：分子") % label,
        "den": _("%s：分母") % label,
        "missed": _("%s：未达到的") % label,
    }[asked.part]


def _cases_url(view: MonthView, asked: Asked) -> str:
    query: dict[str, Any] = {
        "month": f"{view.month:%Y-%m}",
        "tenant": view.tenant.pk,
        "rate": asked.rate,
        "part": asked.part,
        "unit": asked.unit_id,
        "area": asked.area_id,
        "reason": asked.reason,
        "channel": asked.channel,
        "class": asked.class_code,
    }
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{reverse('hotline:rates-cases')}?{urlencode(given)}"


def _page_url(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return f"?{query.urlencode()}"


def _standing_columns() -> list[Column]:
    columns = [
        Column(_("名次"), lambda s: s.place),
        Column(_("名称"), lambda s: s.name, width=24),
        Column(_("综合得分"), lambda s: s.score),
        Column(_("计入"), lambda s: s.tally.counted),
        Column(_("未计入"), lambda s: s.tally.left_out),
    ]
    for rate in Rate:
        columns += _rate_columns(rate)
    return columns


def _rate_columns(rate: Rate) -> list[Column]:
    code = rate.value
    return [
        Column(rate.label, lambda s: s.tally.rate(code)),
        Column(_("%s分子") % rate.label, lambda s: s.tally.part[code]),
        Column(_("%s分母") % rate.label, lambda s: s.tally.whole[code]),
    ]


def _entry_columns() -> list[Column]:
    def flag(name: str) -> Any:
        words = {True: _("计入且达到"), False: _("计入未达到"), None: ""}
        return lambda entry: words[getattr(entry, name)]

    return [
        Column(_("案件"), lambda e: e.case_id),
        Column(_("单位"), lambda e: e.unit_id),
        Column(_("区域路径"), lambda e: e.area_path, width=20),
        *[Column(rate.label, flag(rate.value), width=14) for rate in Rate],
        Column(_("未计入原因"), lambda e: str(REASONS.get(e.reason, "")), width=24),
    ]
