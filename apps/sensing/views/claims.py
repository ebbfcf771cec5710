"""Codes by which devices enter themselves: made, seen used, ended; devices put on the map."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.sensing import permissions, selectors, services
from apps.sensing.claim_forms import ClaimForm, PlaceForm
from apps.sensing.views._common import reader_of


@login_required
@require_GET
def claim_list(request: HttpRequest) -> HttpResponse:
    """Batches, how much of them is used, and devices that wait for a place."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    context = paged(request, selectors.list_claim_batches(viewer)) | {
        "waiting": selectors.list_unplaced(viewer)[:50],
        "now": clock.now(),
    }
    return render(request, "sensing/claim_list.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def claim_new(request: HttpRequest) -> HttpResponseBase:
    """Makes codes; the sheet of labels is the answer, and the only place they are."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    form = ClaimForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        made = take(form, lambda: services.make_batch(viewer, spec=form.spec()))
        if made is not None:
            batch, codes = made
            columns = [
                Column(_("领取码"), lambda code: code, 34),
                Column(_("批次"), lambda _code: batch.name, 24),
                Column(_("设备型号"), lambda _code: batch.profile.name, 20),
                Column(_("所在区域"), lambda _code: batch.area.name, 20),
                Column(_("有效至"), lambda _code: batch.ends_at, 20),
            ]
            return xlsx_response(f"{_('领取码')}-{batch.name}", columns, codes)
    status = 422 if form.errors else 200
    return render(request, "sensing/claim_new.html", {"form": form}, status=status)


@login_required
@require_POST
def claim_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Codes of a batch ended at once."""
    viewer = reader_of(request)
    selectors.get_claim_batch(viewer, pk=pk)
    tell(request, lambda: services.end_batch(viewer, batch_id=pk), done=_("未使用的领取码已停用"))
    return redirect("sensing:claim-list")


@login_required
@require_http_methods(["GET", "POST"])
def device_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts a device that entered itself where it stands."""
    viewer = reader_of(request)
    device = selectors.get_device(viewer, pk=pk)
    permissions.require_keep_in(viewer, device.asset.area)
    at = device.asset.point
    form = PlaceForm(request.POST or None, initial={"lon": round(at.x, 7), "lat": round(at.y, 7)})
    if request.method == "POST" and form.is_valid():
        placed = take(
            form, lambda: services.place_claimed(viewer, device_id=pk, point=form.point())
        )
        if placed is not None:
            messages.success(request, _("已定位"))
            return redirect("sensing:device-detail", pk=pk)
    context = {"form": form, "device": device, "point": f"{at.x:.7f},{at.y:.7f}"}
    status = 422 if form.errors else 200
    return render(request, "sensing/device_place.html", context, status=status)
