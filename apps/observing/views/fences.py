"""Fences: the list, and one to draw."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.pages import paged, take
from apps.observing import services
from apps.observing.forms import FenceForm
from apps.observing.models import Geofence
from apps.observing.permissions import can_keep_fences, require_keep_fences
from apps.observing.selectors.moving import get_fence, list_fences
from apps.sensing.permissions import require_reader
from apps.sensing.selectors import list_devices


@login_required
@require_GET
def fence_list(request: HttpRequest) -> HttpResponse:
    """The fences of the viewer's units."""
    viewer = actor_of(request)
    require_reader(viewer)
    context = paged(request, list_fences(viewer))
    context["may_keep"] = can_keep_fences(viewer)
    return render(request, "observing/fence_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def fence_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One fence, a new one without a number in the address."""
    viewer = actor_of(request)
    require_reader(viewer)
    require_keep_fences(viewer)
    fence = get_fence(viewer, pk) if pk is not None else None
    form = FenceForm(request.POST or None, viewer=viewer, fence=fence)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_fence(viewer, spec=spec, fence_id=pk))
        if saved is not None:
            messages.success(request, _("已保存电子围栏“%(name)s”") % {"name": saved.name})
            return redirect("observing:fence-list")
    context = {"form": form, "fence": fence, "center": _center(viewer, fence)}
    status = 422 if request.method == "POST" else 200
    return render(request, "observing/fence_edit.html", context, status=status)


def _center(viewer: User, fence: Geofence | None) -> str:
    """Where the map begins: at the fence, else where one of the viewer's devices stands."""
    device = list_devices(viewer).first() if fence is None else None
    if fence is not None:
        point = fence.boundary.centroid
    elif device is not None:
        point = device.asset.point
    else:
        return ""
    return f"{point.x:.6f},{point.y:.6f}"
