"""The month: ranking, its computation, one district or vendor, one point with its bar."""

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of, any_right
from apps.appraisal import permissions, services
from apps.appraisal.enums import Indicator, RunState, SubjectKind
from apps.appraisal.forms import MonthForm
from apps.appraisal.models import PointFigure, Run, SubjectLine
from apps.appraisal.reckoning import Condition, Rate
from apps.appraisal.reckoning.scoring import INDICATORS
from apps.appraisal.schemes import read_terms
from apps.appraisal.selectors import runs as reads
from apps.appraisal.selectors.schemes import tenant_of
from apps.appraisal.services.computing import moment
from apps.appraisal.views._common import (
    cause_label,
    duration,
    month_asked,
    ranking_url,
    shown_rates,
)
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, tell

readers = any_right(*permissions.READERS)
#: The drawing of a month is this many units wide, whatever its days.
_BAR_WIDTH = 1000


def _kind_asked(request: HttpRequest, fallback: SubjectKind) -> str:
    asked = request.GET.get("kind", "")
    return asked if asked in SubjectKind.values else fallback.value


@readers
@require_GET
def ranking(request: HttpRequest) -> HttpResponse:
    """One month's ranking of districts, streets or vendors, as far as the viewer may see it."""
    viewer = actor_of(request)
    month = month_asked(request)
    watches = permissions.is_watcher(viewer)
    kind = _kind_asked(request, SubjectKind.DISTRICT if watches else SubjectKind.VENDOR)
    run = reads.find_run(tenant_of(viewer), month)
    lines = list(reads.list_lines(viewer, run, kind)) if run is not None else []
    newest = reads.find_pass(run)
    context = {
        "run": run,
        "newest": newest,
        "terms": read_terms(run.shown.scheme.body) if run and run.shown else None,
        "lines": [(line, shown_rates(line.rates)) for line in lines],
        "indicators": [Indicator(code).label for code in INDICATORS],
        "chart": _chart(lines) if lines else None,
        "kind": kind,
        "kind_label": SubjectKind(kind).label,
        "tabs": [
            {"label": label, "url": ranking_url(month, kind=code), "current": code == kind}
            for code, label in SubjectKind.choices
            if watches or code == SubjectKind.VENDOR
        ],
        "form": MonthForm(initial={"month": month}),
        "month_value": f"{month:%Y-%m}",
        "query": urlencode({"month": f"{month:%Y-%m}", "kind": kind}),
        "is_watcher": watches,
        **_deeds(viewer, run),
    }
    return render(request, "appraisal/ranking.html", context)


def _deeds(viewer: Any, run: Run | None) -> dict[str, bool]:
    """What the viewer may do with the month now; the services decide again."""
    is_open = run is not None and run.state == RunState.APPEALING
    keeps = viewer.has_perm(permissions.KEEP)
    return {
        "may_compute": keeps and (run is None or run.state != RunState.FROZEN),
        "may_open": keeps
        and run is not None
        and run.shown is not None
        and run.state == RunState.DRAFT
        and reads.month_of(run.month).last < clock.today(),
        "may_freeze": is_open
        and run is not None
        and run.appeal_until is not None
        and run.appeal_until < clock.today()
        and viewer.has_perm(permissions.PUBLISH),
    }


def _chart(lines: list[SubjectLine]) -> dict[str, Any]:
    shown = [line for line in lines if line.score is not None][:30]
    series = []
    for code in INDICATORS:
        values = [Rate(*line.rates[code]).percent for line in shown]
        if any(value is not None for value in values):
            data = [None if value is None else float(value) for value in values]
            series.append({"type": "bar", "name": Indicator(code).label, "data": data})
    return {
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"top": 0},
            "xAxis": {"type": "category", "data": [line.name for line in shown]},
            "yAxis": {"type": "value", "max": 100, "scale": True},
            "series": series,
        },
        "columns": [
            {"key": "name", "label": _("名称")},
            {"key": "score", "label": _("得分"), "is_number": True},
        ],
        "rows": [{"name": line.name, "score": line.score} for line in shown],
    }


@any_right(permissions.KEEP)
@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """Orders the computation of a month."""
    actor, month = actor_of(request), month_asked(request)
    tell(
        request,
        lambda: services.order_pass(actor, tenant=tenant_of(actor), month=month),
        done=_("已提交计算，完成后会通知您"),
    )
    return redirect(ranking_url(month))


@readers
@require_GET
def progress(request: HttpRequest, pass_id: int) -> HttpResponse:
    """How far a computation is; the page asks again while it runs."""
    found = reads.get_pass(actor_of(request), pass_id)
    response = render(request, "appraisal/_progress.html", {"newest": found})
    if not found.is_open:
        response["HX-Refresh"] = "true"
    return response


@any_right(permissions.KEEP, permissions.PUBLISH)
@require_POST
def run_deed(request: HttpRequest, run_id: int, deed: str) -> HttpResponse:
    """Opens a month to appeals, or freezes it."""
    actor = actor_of(request)
    deeds = {
        "open": (services.open_run, _("已公示，申诉期开始")),
        "freeze": (services.freeze_run, _("已封存，排名为最终结果")),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, lambda: do(actor, run_id=run_id), done=done)
    return redirect(ranking_url(month_asked(request)))


@readers
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The ranking as an Excel file; audited."""
    viewer, month = actor_of(request), month_asked(request)
    kind = _kind_asked(request, SubjectKind.DISTRICT)
    run = reads.find_run(tenant_of(viewer), month)
    if run is None or run.shown is None:
        raise NotFound(_("没有这次考核"))
    columns = [
        Column(_("名次"), lambda line: line.place, 8),
        Column(_("名称"), lambda line: line.name, 24),
        Column(_("得分"), lambda line: line.score, 10),
        Column(_("点位数"), lambda line: line.points, 10),
        Column(_("中断次数"), lambda line: line.outages, 10),
    ]
    for code in INDICATORS:
        columns += _columns_of(code)
    audit.record(viewer, "ops_appraisal.exported", object_id=run.pk, object_label=str(run))
    name = f"{_('运维考核')}-{SubjectKind(kind).label}-{month:%Y-%m}"
    note = f"{run.shown.scheme} {run.get_state_display()} {run.digest}".strip()
    return xlsx_response(name, columns, reads.list_lines(viewer, run, kind), note=note)


def _columns_of(code: str) -> list[Column]:
    """One indicator with what it was made of."""
    label = Indicator(code).label

    def percent(line: SubjectLine) -> Decimal | None:
        return Rate(*line.rates[code]).percent

    def good(line: SubjectLine) -> int:
        return int(line.rates[code][0])

    def due(line: SubjectLine) -> int:
        return int(line.rates[code][1])

    return [
        Column(f"{label}（%）", percent, 14),
        Column(_("%s分子") % label, good, 16),
        Column(_("%s分母") % label, due, 16),
    ]


@readers
@require_GET
def line_detail(request: HttpRequest, line_id: int) -> HttpResponse:
    """One district, street or vendor: its rates, causes and points."""
    viewer = actor_of(request)
    line = reads.get_line(viewer, line_id)
    found = paged(request, reads.points_of(viewer, line))
    context = found | {
        "line": line,
        "run": line.of.run,
        "rates": shown_rates(line.rates),
        "weights": line.of.scheme.body["weights"],
        "causes": [(cause_label(code), duration(of)) for code, of in line.causes.items()],
        "points": [(one, shown_rates(one.rates)) for one in found.pop("rows")],
        "indicators": [Indicator(code).label for code in INDICATORS],
        "month_url": ranking_url(line.of.run.month, kind=line.kind),
    }
    return render(request, "appraisal/line_detail.html", context)


@readers
@require_GET
def point_detail(request: HttpRequest, run_id: int, asset_id: int) -> HttpResponse:
    """One point's month: each part of it as a bar with every cause, and the rows counted."""
    viewer = actor_of(request)
    run = Run.objects.select_related("shown__scheme").filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("没有这次考核"))
    parts = reads.slices_of(viewer, run, asset_id)
    found = paged(request, reads.facts_of(parts))
    context = found | {
        "run": run,
        "point": parts[-1],
        "parts": [_drawn(part) for part in parts],
        "legend": _LEGEND,
        "facts": found.pop("rows"),
        "month_url": ranking_url(run.month),
        "may_appeal": run.state == RunState.APPEALING
        and any(
            permissions.may_file(viewer, area_path=one.area_path, vendor=one.vendor)
            for one in parts
        ),
    }
    return render(request, "appraisal/point_detail.html", context)


_LEGEND = (
    (Condition.UP.value, gettext_lazy("在线")),
    (Condition.DOWN.value, gettext_lazy("计入的中断")),
    (Condition.EXCUSED.value, gettext_lazy("不计入的中断")),
    (Condition.PLANNED.value, gettext_lazy("计划内")),
    (Condition.UNKNOWN.value, gettext_lazy("无法判明")),
)


def _drawn(part: PointFigure) -> dict[str, Any]:
    """A part of the month as a bar: x and width of each piece in thousandths, and its words."""
    begin, end = part.began_at.timestamp(), part.ended_at.timestamp()
    scale = _BAR_WIDTH / (end - begin) if end > begin else 0
    pieces = []
    for began, ended, condition, cause, _keys in part.bar:
        words = dict(_LEGEND)[condition]
        named = f"{words}·{cause_label(cause)}" if cause else words
        when = [
            formats.date_format(timezone.localtime(moment(one)), "SHORT_DATETIME_FORMAT")
            for one in (began, ended)
        ]
        pieces.append(
            {
                "condition": condition,
                # Less than half a unit would not be seen at all.
                "x": round((began - begin) * scale, 2),
                "width": max(round((ended - began) * scale, 2), 1.5),
                "words": f"{named} {when[0]} – {when[1]} {duration(ended - began)}",
            }
        )
    return {
        "part": part,
        "pieces": pieces,
        "rates": shown_rates(part.rates),
        "causes": [(cause_label(code), duration(of)) for code, of in part.causes.items()],
    }


@readers
@require_GET
def changes(request: HttpRequest, run_id: int) -> HttpResponse:
    """What the last computation changed, with the rows that made it so."""
    viewer = actor_of(request)
    run = Run.objects.select_related("shown").filter(pk=run_id).first()
    if run is None or run.tenant_id != tenant_of(viewer).pk:
        raise NotFound(_("没有这次考核"))
    found = paged(request, reads.list_changes(viewer, run))
    context = found | {
        "run": run,
        "changes": found.pop("rows"),
        "passes": run.passes.select_related("scheme")[:20],
        "month_url": ranking_url(run.month),
    }
    return render(request, "appraisal/changes.html", context)
