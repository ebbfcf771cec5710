"""The search of lines: list, histogram, export."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged
from apps.journals import selectors
from apps.journals.enums import Severity
from apps.journals.forms import SearchForm, local
from apps.journals.models import Line
from apps.journals.views._common import reader_of, tabs

EXPORT_MOST = 20_000


@login_required
@require_GET
def line_list(request: HttpRequest) -> HttpResponse:
    """Search, newest first, with how many came when."""
    viewer = reader_of(request)
    form = SearchForm(request.GET)
    wanted = form.wanted()
    refusal = ""
    try:
        found = selectors.search_lines(viewer, **wanted)
    except InvalidInput as error:
        refusal, found = str(error), Line.objects.none()
    span = {"since": wanted["since"], "until": wanted["until"]}
    bars = selectors.histogram(found, **span)
    context = paged(request, found) | {
        "form": form,
        "tabs": tabs("line-list"),
        "refusal": refusal,
        "since": local(span["since"]),
        "until": local(span["until"]),
        "total": sum(bar["grave"] + bar["rest"] for bar in bars),
        "chart": _chart(bars),
        "hosts": list(selectors.list_hosts(viewer)[:200]),
        "programs": selectors.programs_of(viewer, since=span["since"]),
    }
    names = selectors.names_of(context["rows"])
    context["rows"] = [(line, names.get(line.host_id, "")) for line in context["rows"]]
    return render(request, "journals/line_list.html", context, status=422 if refusal else 200)


@login_required
@require_GET
def line_export(request: HttpRequest) -> HttpResponseBase:
    """The lines found as a sheet, 20,000 at most; audited with what was looked for."""
    viewer = reader_of(request)
    wanted = SearchForm(request.GET).wanted()
    lines = list(selectors.search_lines(viewer, **wanted)[:EXPORT_MOST])
    told = wanted | {"since": local(wanted["since"]), "until": local(wanted["until"])}
    audit.record(viewer, "log_lines.exported", data={"count": len(lines), "wanted": told})
    names = selectors.names_of(lines)
    columns = [
        Column(_("时间"), lambda line: line.at, 20),
        Column(_("主机"), lambda line: names.get(line.host_id, ""), 20),
        Column(_("程序"), lambda line: line.program, 24),
        Column(_("级别"), lambda line: Severity(line.level).label, 8),
        Column(_("内容"), lambda line: line.text, 80),
    ]
    note = _("最多 %d 条；个人信息和口令已遮盖") % EXPORT_MOST
    return xlsx_response(f"{_('运行日志')}-{clock.today():%Y%m%d}", columns, lines, note=note)


def _chart(bars: list[dict[str, Any]]) -> dict[str, Any]:
    names = {"grave": _("错误及以上"), "rest": _("其他")}
    times = [f"{timezone.localtime(bar['at']):%m-%d %H:%M}" for bar in bars]
    return {
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"data": list(names.values())},
            "xAxis": {"type": "category", "data": times},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [
                {"type": "bar", "stack": "lines", "name": label, "data": [b[code] for b in bars]}
                for code, label in names.items()
            ],
        },
        "columns": [
            {"key": "at", "label": _("时间")},
            *({"key": code, "label": label, "is_number": True} for code, label in names.items()),
        ],
        "rows": [bar | {"at": at} for at, bar in zip(times, bars, strict=True)],
    }
