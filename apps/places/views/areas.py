"""Pages about areas, and the data of the local base map."""

import math
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.errors import InvalidInput, NotFound
from apps.common.pages import tell
from apps.places import permissions, selectors, services
from apps.places.forms import ImportForm, SearchForm
from apps.places.models import AreaImport
from apps.places.selectors.basemap import View
from apps.places.selectors.cells import list_special_grids

BASE_MAP_SECONDS = 24 * 3600
ROWS = 50


@login_required
@require_GET
def area_list(request: HttpRequest) -> HttpResponse:
    """The top of the tree, or what a search finds."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    found = selectors.list_areas(text=text)
    if not text:
        found = found.filter(level__depth__lte=2)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context = {"form": form, "text": text, "page": page, "top": found.first()}
    return render(request, "places/area_list.html", context | _rights(request))


@login_required
@require_GET
def area_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One area: its map, code, parts and history."""
    area = selectors.get_area(pk=pk)
    cells = selectors.list_cells(area)
    context = {
        "area": area,
        "ancestors": selectors.ancestors(area),
        "children": selectors.list_areas(parent_id=area.pk),
        "cell_count": cells.count(),
        "may_draw": area.valid_to is None
        and services.is_above_cells(area)
        and permissions.can_draw_in(request.user, area),
        "special_grids": list_special_grids(area=area) if area.level.depth > 1 else [],
        "history": selectors.list_history(area),
        "prefixes": selectors.area_prefixes(area),
        "center": f"{area.center.x:.6f},{area.center.y:.6f}" if area.center else "",
        "zoom": {1: 12, 2: 13, 3: 14, 4: 15}.get(area.level.depth, 17),
    }
    return render(request, "places/area_detail.html", context | _rights(request))


@login_required
@require_GET
def area_cells(request: HttpRequest, pk: int) -> HttpResponse:
    """The grid cells of an area, paged."""
    area = selectors.get_area(pk=pk)
    page = Paginator(selectors.list_cells(area), ROWS).get_page(request.GET.get("page"))
    return render(request, "places/area_cells.html", {"area": area, "page": page})


@login_required
@require_http_methods(["GET", "POST"])
def import_upload(request: HttpRequest) -> HttpResponse:
    """Upload a file of areas and see what it would do."""
    permissions.require_manage_areas(request.user)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            kept = services.preview_import(
                request.user,
                content=data["file"].read(),
                file_name=data["file"].name,
                crs=data["crs"],
                level=data["level"].code,
                valid_from=data["valid_from"],
                source=data["source"],
            )
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("places:import-detail", pk=kept.pk)
    recent = AreaImport.objects.select_related("level").defer("content")[:20]
    return render(request, "places/import_upload.html", {"form": form, "recent": recent})


@login_required
@require_GET
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would do, or did."""
    permissions.require_manage_areas(request.user)
    kept = AreaImport.objects.select_related("level").defer("content").filter(pk=pk).first()
    if kept is None:
        raise NotFound(_("导入记录不存在"))
    return render(request, "places/import_detail.html", {"import": kept})


@login_required
@require_POST
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a previewed file."""
    tell(
        request,
        lambda: services.apply_import(request.user, import_id=pk),
        done=lambda kept: (
            _("已写入：新增 %(new)d 个，更新 %(changed)d 个")
            % {"new": kept.summary["new"], "changed": kept.summary["changed"]}
        ),
    )
    return redirect("places:import-detail", pk=pk)


@require_GET
def base_map(request: HttpRequest) -> HttpResponse:
    """The local base map of a box as GeoJSON; public, like the map on a citizen's page.

    The box is widened to the tiles of its zoom, so that neighbours on the map share answers.
    """
    view = _view(request)
    version = selectors.map_version()
    tag = f'"{version}-{view.zoom}-{view.west}-{view.south}-{view.east}-{view.north}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        key = f"places:map:{tag.strip(chr(34))}"
        body = cache.get(key)
        if body is None:
            body = selectors.base_map(view)
            cache.set(key, body, BASE_MAP_SECONDS)
        response = HttpResponse(body, content_type="application/geo+json")
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache"  # may be kept, must be asked about: areas change
    return response


def _view(request: HttpRequest) -> View:
    try:
        zoom = int(request.GET.get("zoom", ""))
        west, south, east, north = (float(v) for v in request.GET.get("bbox", "").split(","))
    except ValueError as error:
        raise InvalidInput(_("请给出 bbox=西,南,东,北 与 zoom"), field="bbox") from error
    inside = -180 <= west < east <= 180 and -85 <= south < north <= 85
    if not inside or not 0 <= zoom <= 22:
        raise InvalidInput(_("地图范围不正确"), field="bbox")
    step = 360 / 2**zoom
    if (east - west) / step > 40 or (north - south) / step > 40:
        raise InvalidInput(_("地图范围过大"), field="bbox")
    return View(
        max(-180.0, round(math.floor(west / step) * step, 6)),
        max(-90.0, round(math.floor(south / step) * step, 6)),
        min(180.0, round(math.ceil(east / step) * step, 6)),
        min(90.0, round(math.ceil(north / step) * step, 6)),
        zoom,
    )


def _rights(request: HttpRequest) -> dict[str, Any]:
    return {"may_import": permissions.can_manage_areas(request.user)}
