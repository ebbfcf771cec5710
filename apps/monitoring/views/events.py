"""What the platform of a thing told of itself. Source: OP-05."""

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged
from apps.monitoring import selectors
from apps.monitoring.forms import EventFilterForm
from apps.monitoring.models import Target, TargetEvent
from apps.monitoring.views._common import reader_of


@login_required
@require_GET
def event_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Search and filter the events of one thing, newest first."""
    target = selectors.get_target(reader_of(request), pk=pk)
    form = EventFilterForm(request.GET)
    context = paged(request, _events(target, form)) | {"target": target, "form": form}
    return render(request, "monitoring/event_list.html", context)


@login_required
@require_GET
def event_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    target = selectors.get_target(viewer, pk=pk)
    rows = _events(target, EventFilterForm(request.GET))
    count = {"count": rows.count(), "target": target.pk}
    audit.record(viewer, "target_events.exported", data=count)
    columns = [
        Column(_("时间"), lambda e: e.at, 20),
        Column(_("严重"), lambda e: e.is_grave, 8),
        Column(_("内容"), lambda e: e.text, 60),
        Column(_("方式"), lambda e: e.get_kind_display(), 18),
        Column(_("事件编号"), lambda e: e.uid, 40),
    ]
    return xlsx_response(f"{_('平台事件')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


def _events(target: Target, form: EventFilterForm) -> QuerySet[TargetEvent]:
    wanted = form.wanted()
    return selectors.list_events(target, text=wanted["text"], grave=wanted["grave"] == "yes")
