"""What was forgotten: tombstones and the passes that set them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged
from apps.retention import selectors
from apps.retention.forms import StoneFilterForm
from apps.retention.views._common import reader_of, tabs


@login_required
@require_GET
def tombstone_list(request: HttpRequest) -> HttpResponse:
    """The tombstones, the newest first."""
    person = reader_of(request)
    form = StoneFilterForm(request.GET)
    context = paged(request, selectors.list_tombstones(person, **form.wanted())) | {
        "tabs": tabs("tombstone-list"),
        "form": form,
    }
    return render(request, "retention/tombstone_list.html", context)


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; audited."""
    person = reader_of(request)
    rows = selectors.list_tombstones(person, **StoneFilterForm(request.GET).wanted())
    audit.record(person, "tombstones.exported", data={"count": rows.count()})
    columns = [
        Column(_("受理编号"), lambda s: s.number, 20),
        Column(_("匿名化时间"), lambda s: s.at, 20),
        Column(_("首次匿名化时间"), lambda s: s.reapplied_from, 20),
        Column(_("方式"), lambda s: s.get_depth_display(), 12),
        Column(_("依据"), lambda s: s.rule, 36),
        Column(_("执行"), lambda s: s.by_name, 12),
        Column(_("记录数"), lambda s: sum(s.counts.values()), 10),
        Column(_("已删文件"), lambda s: len(s.files), 10),
        Column(_("内容摘要"), lambda s: s.digest, 66),
    ]
    return xlsx_response(f"{_('墓碑')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """The passes with their progress."""
    person = reader_of(request)
    context = paged(request, selectors.list_runs(person)) | {"tabs": tabs("run-list")}
    return render(request, "retention/run_list.html", context)
