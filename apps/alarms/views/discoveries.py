"""What alarms were taken for when they became cases: the list, and saying whether it is right."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.alarms import selectors, services
from apps.alarms.enums import GuessVerdict
from apps.alarms.forms import DiscoveryFilterForm
from apps.alarms.views._common import reader_of, tabs
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, tell
from apps.matters.selectors import visible_cases

EXPORT_MOST = 20_000


@login_required
@require_GET
def discovery_list(request: HttpRequest) -> HttpResponse:
    """Every alarm in the viewer's reach that became a case, and how often the guess was right."""
    viewer = reader_of(request)
    filters = DiscoveryFilterForm(request.GET)
    counts = selectors.count_verdicts(viewer)
    judged = counts[GuessVerdict.CONFIRMED] + counts[GuessVerdict.CORRECTED]
    context = paged(request, selectors.list_discoveries(viewer, **filters.search())) | {
        "filters": filters,
        "counts": [(GuessVerdict(code), counts[code]) for code in GuessVerdict.values],
        "right": round(100 * counts[GuessVerdict.CONFIRMED] / judged) if judged else None,
        "export_url": f"{reverse('alarms:discovery-export')}?{request.GET.urlencode()}",
        "tabs": tabs(viewer, "discovery-list"),
    }
    seen = [row.case_id for row in context["rows"]]
    context["open_cases"] = set(
        visible_cases(viewer).filter(pk__in=seen).values_list("pk", flat=True)
    )
    return render(request, "alarms/discovery_list.html", context)


@login_required
@require_GET
def discovery_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; audited."""
    viewer = reader_of(request)
    search = DiscoveryFilterForm(request.GET).search()
    found = selectors.list_discoveries(viewer, **search)[:EXPORT_MOST]
    audit.record(
        viewer, "alarms.findings_exported", object_type="alarms.discovery",
        data={"filters": search, "count": len(found)},
    )  # fmt: skip
    columns = [
        Column(_("告警编号"), lambda d: d.alarm_id, 10),
        Column(_("告警"), lambda d: d.alarm.title, 20),
        Column(_("对象"), lambda d: d.alarm.about, 24),
        Column(_("所在区域"), lambda d: d.alarm.area.name if d.alarm.area else "", 16),
        Column(_("案件"), lambda d: d.case.number, 20),
        Column(_("立案时间"), lambda d: d.opened_at, 20),
        Column(_("事项来自"), lambda d: d.get_matter_from_display(), 12),
        Column(_("推测分类"), lambda d: d.class_label, 20),
        Column(_("推测依据"), lambda d: d.reason, 60),
        Column(_("核定"), lambda d: d.get_verdict_display(), 10),
        Column(_("核定分类"), lambda d: d.final_label, 20),
        Column(_("核定人"), lambda d: d.judged_by.display_name if d.judged_by else "", 12),
        Column(_("核定说明"), lambda d: d.note, 40),
    ]
    note = _("%(name)s 于 %(at)s 导出") % {
        "name": viewer.display_name, "at": f"{clock.now():%Y-%m-%d %H:%M}",
    }  # fmt: skip
    return xlsx_response(f"{_('智能发现')}-{clock.today():%Y%m%d}", columns, found, note=note)


@login_required
@require_POST
def discovery_judge(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Keeps what the viewer says it is; goes back to where it was said."""
    viewer = reader_of(request)
    alarm = selectors.get_alarm(viewer, pk=alarm_id)
    said: dict[str, Any] = {name: request.POST.get(name, "") for name in ("class_code", "note")}
    tell(
        request,
        lambda: services.judge_discovery(viewer, alarm_id=alarm_id, **said),
        done=_("已核定"),
    )
    if request.POST.get("back") == "case" and alarm.case_id is not None:
        return redirect("matters:case-detail", alarm.case_id)
    return redirect("alarms:alarm-detail", alarm_id)
