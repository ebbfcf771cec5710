"""Batches of food: the list, one traced from gate to gate, one to write. Source: IO-14."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.audit import services as audit
from apps.common.exports import xlsx_response
from apps.common.pages import paged, take
from apps.tagging import permissions, selectors, services
from apps.tagging.forms import BatchFilterForm, BatchForm
from apps.tagging.models import Batch
from apps.tagging.selectors import Leg
from apps.tagging.views._common import (
    center_of,
    keeper_of,
    leg_columns,
    reader_of,
    shapes_of,
    show_edit,
    tabs,
)


@login_required
@require_GET
def batch_list(request: HttpRequest) -> HttpResponse:
    """Search the batches."""
    viewer = reader_of(request)
    form = BatchFilterForm(request.GET)
    context = paged(request, selectors.list_batches(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs("batch-list"),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "tagging/batch_list.html", context)


@login_required
@require_GET
def batch_trace(request: HttpRequest, pk: int) -> HttpResponse:
    """Every passage of a batch in order, with the times between and what is missing."""
    viewer = reader_of(request)
    batch = selectors.get_batch(viewer, pk=pk)
    legs = _legs(batch)
    context = {
        "batch": batch,
        "legs": legs,
        "gaps": sum(leg.is_gap for leg in legs),
        "bindings": batch.bindings.select_related("tag"),
        "center": center_of(legs),
        "may_keep": permissions.can_keep_for(viewer, batch.unit),
    }
    return render(request, "tagging/batch_trace.html", context)


@login_required
@require_GET
def batch_shapes(request: HttpRequest, pk: int) -> JsonResponse:
    """The chain as GeoJSON."""
    return shapes_of(_legs(selectors.get_batch(reader_of(request), pk=pk)))


@login_required
@require_GET
def batch_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The chain as a sheet."""
    viewer = reader_of(request)
    batch = selectors.get_batch(viewer, pk=pk)
    audit.record_row(viewer, "passages.exported", batch)
    return xlsx_response(f"{_('追溯')}-{batch.code}", leg_columns(), _legs(batch))


@login_required
@require_http_methods(["GET", "POST"])
def batch_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One batch to write; a new one without a number in the address."""
    viewer = keeper_of(request)
    batch = selectors.get_batch(viewer, pk=pk) if pk is not None else None
    form = BatchForm(request.POST or None, viewer=viewer, batch=batch)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_batch(viewer, spec=spec, batch_id=pk))
        if saved is not None:
            messages.success(request, _("已保存批次“%(name)s”") % {"name": str(saved)})
            return redirect("tagging:batch-trace", pk=saved.pk)
    title = str(batch) if batch else _("登记批次")
    return show_edit(request, form, title=title, kinds=_("追溯批次"), list_name="batch-list")


def _legs(batch: Batch) -> list[Leg]:
    gap = timedelta(hours=batch.gap_hours)
    return selectors.legs_of(selectors.passages_of_batch(batch), gap=gap)
