"""Pages about special grids: everybody on the staff may read them, keepers write."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import clock
from apps.common.corners import corners_of
from apps.common.masking import mask_name, mask_phone
from apps.common.pages import paged, take, tell
from apps.places import permissions, selectors, services
from apps.places.forms import SpecialGridForm, SpecialSearchForm
from apps.places.models import Area, SpecialGrid
from apps.places.selectors import cells
from apps.places.services import SpecialData


@login_required
@require_GET
def special_list(request: HttpRequest) -> HttpResponse:
    """The special grids in force, by kind."""
    form = SpecialSearchForm(request.GET)
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    found = paged(request, cells.list_special_grids(kind=kind))
    return render(request, "places/special_list.html", found | {"form": form})


@login_required
@require_GET
def special_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One special grid; its contact in full only for those who keep it."""
    grid = cells.get_special_grid(pk=pk)
    may_draw = permissions.can_draw_in(request.user, grid.community)
    context = {
        "grid": grid,
        "may_draw": may_draw and grid.valid_to is None,
        "contact": grid.contact_name if may_draw else mask_name(grid.contact_name),
        "phone": grid.contact_phone if may_draw else mask_phone(grid.contact_phone),
        "today": clock.today(),
    }
    return render(request, "places/special_detail.html", context)


@login_required
@require_GET
def special_shape(request: HttpRequest, pk: int) -> HttpResponse:
    """Its outline for the map."""
    grid = cells.get_special_grid(pk=pk)
    shape = cells.draw_shapes([(grid.pk, grid.name, grid.kind, grid.boundary)])
    return JsonResponse(shape["features"][0], content_type="application/geo+json")


@login_required
@require_http_methods(["GET", "POST"])
def special_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Lay a special grid over the cells of a community."""
    community = selectors.get_area(pk=pk)
    permissions.require_draw_in(request.user, community)
    form = SpecialGridForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        valid_from = form.cleaned_data["valid_from"]
        grid = take(
            form,
            lambda: services.add_special_grid(
                request.user, community_id=pk, data=_data(form), valid_from=valid_from
            ),
        )
        if grid is not None:
            messages.success(request, _("已登记专属网格"))
            return redirect("places:special-detail", pk=grid.pk)
    return _form_page(request, community, form)


@login_required
@require_http_methods(["GET", "POST"])
def special_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a special grid."""
    grid = cells.get_special_grid(pk=pk)
    permissions.require_draw_in(request.user, grid.community)
    form = SpecialGridForm(request.POST or None, initial=_initial(grid))
    del form.fields["valid_from"]
    if request.method == "POST" and form.is_valid():
        take(form, lambda: services.change_special_grid(request.user, grid_id=pk, data=_data(form)))
        if not form.errors:
            messages.success(request, _("已更正"))
            return redirect("places:special-detail", pk=pk)
    return _form_page(request, grid.community, form, grid)


@login_required
@require_POST
def special_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a special grid today."""
    tell(
        request,
        lambda: services.close_special_grid(request.user, grid_id=pk, on=clock.today()),
        done=_("已停用"),
    )
    return redirect("places:special-detail", pk=pk)


def _data(form: SpecialGridForm) -> SpecialData:
    given = form.cleaned_data
    return SpecialData(
        name=given["name"],
        kind=given["kind"],
        boundary=given["boundary"],
        contact_name=given["contact_name"],
        contact_phone=given["contact_phone"],
    )


def _initial(grid: SpecialGrid) -> dict[str, Any]:
    return {
        "name": grid.name,
        "kind": grid.kind,
        "boundary": corners_of(grid.boundary),
        "contact_name": grid.contact_name,
        "contact_phone": grid.contact_phone,
    }


def _form_page(
    request: HttpRequest, community: Area, form: SpecialGridForm, grid: SpecialGrid | None = None
) -> HttpResponse:
    context = {
        "community": community,
        "form": form,
        "grid": grid,
        "center": f"{community.center.x:.6f},{community.center.y:.6f}" if community.center else "",
    }
    return render(request, "places/special_form.html", context, status=422 if form.errors else 200)
