"""Readers: the list, one with its counts per hour, one to write. Source: IO-14."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common.pages import paged, take
from apps.common.spans import SpanForm
from apps.tagging import permissions, selectors, services
from apps.tagging.forms import ReaderFilterForm, ReaderForm
from apps.tagging.views._common import keeper_of, reader_of, show_edit, tabs

#: Passages under the counts.
LAST_ROWS = 20


@login_required
@require_GET
def reader_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the readers."""
    viewer = reader_of(request)
    form = ReaderFilterForm(request.GET)
    context = paged(request, selectors.list_readers(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs("reader-list"),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "tagging/reader_list.html", context)


@login_required
@require_GET
def reader_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One reader: how it is, passages per hour, the last ones."""
    viewer = reader_of(request)
    reader = selectors.get_reader(viewer, pk=pk)
    form = SpanForm(request.GET)
    since, until = form.span()
    hours = selectors.hours_of(reader, since=since, until=until)
    at = reader.device.asset.point
    context = {
        "reader": reader,
        "form": form,
        "hours": hours,
        "most": max((hour.count for hour in hours), default=0),
        "total": sum(hour.count for hour in hours),
        "rows": selectors.list_passages(viewer, reader=reader)[:LAST_ROWS],
        "point": f"{at.x:.6f},{at.y:.6f}",
        "may_keep": permissions.can_keep_in(viewer, reader.device.asset.area),
    }
    status = 422 if form.errors else 200
    return render(request, "tagging/reader_detail.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def reader_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One reader to write; a new one without a number in the address."""
    viewer = keeper_of(request)
    reader = selectors.get_reader(viewer, pk=pk) if pk is not None else None
    form = ReaderForm(request.POST or None, viewer=viewer, reader=reader)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_reader(viewer, spec=spec, reader_id=pk))
        if saved is not None:
            messages.success(request, _("已保存读写器“%(name)s”") % {"name": str(saved)})
            return redirect("tagging:reader-detail", pk=saved.pk)
    title = str(reader) if reader else _("登记读写器")
    return show_edit(request, form, title=title, kinds=_("读写器"), list_name="reader-list")
