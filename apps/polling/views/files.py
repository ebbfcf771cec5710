"""Files of readings: sent here, how far they are, what was wrong in them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take
from apps.polling import permissions, selectors, services
from apps.polling.enums import FileSource
from apps.polling.forms import FileFilterForm, ReadingFileForm
from apps.polling.views._common import reader_of
from apps.sensing.enums import Refusal


@login_required
@require_http_methods(["GET", "POST"])
def file_list(request: HttpRequest) -> HttpResponse:
    """The files, and one to send."""
    viewer = reader_of(request)
    form = ReadingFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        permissions.require_keep(viewer)
        if form.is_valid():
            given = form.cleaned_data["file"]
            file = take(
                form,
                lambda: services.take_file(
                    viewer, name=given.name, source=FileSource.UPLOAD, chunks=given.chunks()
                ),
            )
            if file is not None:
                messages.success(request, _("已收到“%(name)s”，稍后处理") % {"name": file.name})
                return redirect("polling:file-detail", pk=file.pk)
    narrowed = FileFilterForm(request.GET)
    context = paged(request, selectors.list_files(viewer, **narrowed.wanted())) | {
        "form": form,
        "filters": narrowed,
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "polling/file_list.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def file_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: how far it is, and what was not taken."""
    viewer = reader_of(request)
    file = selectors.get_file(viewer, pk=pk)
    context = paged(request, selectors.problems_of(file)) | {
        "file": file,
        "reasons": dict(Refusal.choices),
    }
    return render(request, "polling/file_detail.html", context)


@login_required
@require_GET
def file_problems(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What was not taken, as a sheet."""
    viewer = reader_of(request)
    file = selectors.get_file(viewer, pk=pk)
    columns = [
        Column(_("行号"), lambda p: p.line, 10),
        Column(_("节点编号"), lambda p: p.node, 24),
        Column(_("字段"), lambda p: p.field, 16),
        Column(_("原因"), lambda p: str(Refusal(p.reason).label), 30),
    ]
    rows = selectors.problems_of(file).iterator(2000)
    return xlsx_response(f"{_('错误单')}-{file.pk}", columns, rows)
