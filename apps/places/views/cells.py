"""The standard of the grid, its check, and the cells handed to other departments."""

import csv
import io
import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common.errors import NotFound
from apps.common.exports import Column, plain_cell, xlsx_response
from apps.common.pages import paged, tell
from apps.places import permissions, selectors, services
from apps.places.models import Area, CellFault
from apps.places.selectors import cells

#: Metres of ground shown around a fault, as a zoom of the map.
_FAULT_ZOOM = 18


@login_required
@require_GET
def cell_standard(request: HttpRequest) -> HttpResponse:
    """Levels, lengths of codes and counts; for keepers also what was checked and drawn."""
    may_draw = permissions.can_draw_cells(request.user)
    context: dict[str, Any] = {
        "storeys": cells.list_standard(),
        "may_draw": may_draw,
        "top": selectors.list_areas().filter(parent=None).first(),
        "special_count": cells.list_special_grids().count(),
    }
    if may_draw:
        context |= {
            "areas": cells.list_checkable(request.user),
            "checks": cells.list_checks(request.user)[:10],
            "redrawings": cells.list_redrawings(request.user)[:10],
        }
    return render(request, "places/cell_standard.html", context)


@login_required
@require_POST
def check_run(request: HttpRequest) -> HttpResponse:
    """Look for faults in an area and all below it."""
    area_id = request.POST.get("area", "")
    made: list[int] = []

    def check() -> None:
        wanted = int(area_id) if area_id.isdecimal() and len(area_id) < 12 else 0
        made.append(services.check_cells(request.user, area_id=wanted).pk)

    if tell(request, check, done=_("核对完成")):
        return redirect("places:check-detail", pk=made[0])
    return redirect("places:cell-standard")


@login_required
@require_GET
def check_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: its faults by kind, each with a place on the map to jump to."""
    run = cells.get_check(request.user, pk=pk)
    faults = run.faults.order_by("kind", "-size_m2", "pk")
    shown = _chosen(faults, request.GET.get("fault", ""))
    page = paged(request, faults)
    rows = [(fault, cells.describe_fault(fault)) for fault in page.pop("rows")]
    middle = shown.geometry.centroid if shown and shown.geometry else run.area.center
    context = page | {
        "run": run,
        "rows": rows,
        "shown": shown,
        "faults_url": reverse("places:check-faults", args=[run.pk])
        + (f"?fault={shown.pk}" if shown else ""),
        "counts": cells.count_faults(run),
        "center": f"{middle.x:.6f},{middle.y:.6f}" if middle else "",
        "zoom": _FAULT_ZOOM if shown else None,
    }
    return render(request, "places/check_detail.html", context)


@login_required
@require_GET
def check_faults(request: HttpRequest, pk: int) -> HttpResponse:
    """The faults of a run for its map; one of them if it is named."""
    run = cells.get_check(request.user, pk=pk)
    wanted = _chosen(run.faults.all(), request.GET.get("fault", ""))
    faults = [wanted] if wanted else list(run.faults.exclude(kind="order")[: cells.MAPPED_MOST])
    shapes = [(f.pk, cells.describe_fault(f), f.kind, f.geometry) for f in faults]
    return JsonResponse(cells.draw_shapes(shapes), content_type="application/geo+json")


@login_required
@require_GET
def check_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The faults of a run as a sheet."""
    run = cells.get_check(request.user, pk=pk)
    columns = [
        Column(_("问题"), lambda fault: fault.get_kind_display(), 16),
        Column(_("说明"), cells.describe_fault, 60),
        Column(_("区域"), lambda fault: fault.label, 30),
        Column(_("另一区域"), lambda fault: fault.other_label, 30),
        Column(_("面积（平方米）"), lambda fault: fault.size_m2, 16),
        Column(_("平均宽度（米）"), lambda fault: fault.width_m, 16),
        Column(_("经度"), lambda fault: _middle(fault, 0), 14),
        Column(_("纬度"), lambda fault: _middle(fault, 1), 14),
    ]
    services.note_cells_export(request.user, area=run.area, what="faults")
    return xlsx_response(_("网格核对"), columns, run.faults.order_by("kind", "pk").iterator(2000))


@login_required
@require_GET
def area_shapes(request: HttpRequest, pk: int) -> HttpResponse:
    """The areas directly below one, for a map to draw on."""
    area = selectors.get_area(pk=pk)
    below = selectors.list_areas(parent_id=area.pk).defer(None)
    shapes = [(a.pk, f"{a.code} {a.name}", "cell", a.boundary) for a in below]
    return JsonResponse(cells.draw_shapes(shapes), content_type="application/geo+json")


@login_required
@require_GET
def cells_export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The cells of an area for a department: GeoJSON with outlines, or CSV without."""
    area = selectors.get_area(pk=pk)
    found = selectors.list_cells(area).select_related("parent")
    services.note_cells_export(request.user, area=area, what=form)
    if form == "geojson":
        body = json.dumps(cells.collection_of(found.defer(None)), ensure_ascii=False)
        return _file(body, f"cells-{area.code}.geojson", "application/geo+json")
    if form != "csv":
        raise NotFound(_("没有这种格式"))
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(
        [
            _("代码"),
            _("名称"),
            _("上级代码"),
            _("上级区域"),
            _("生效日期"),
            _("经度"),
            _("纬度"),
            _("坐标系"),
        ]
    )
    for cell in found:
        table.writerow(_row(cell))
    return _file("\ufeff" + out.getvalue(), f"cells-{area.code}.csv", "text/csv; charset=utf-8")


def _row(cell: Area) -> list[str]:
    middle = [f"{v:.7f}" for v in (cell.center.x, cell.center.y)] if cell.center else ["", ""]
    above = [cell.parent.code, str(plain_cell(cell.parent.name))] if cell.parent else ["", ""]
    return [
        cell.code,
        str(plain_cell(cell.name)),
        *above,
        cell.valid_from.isoformat(),
        *middle,
        "EPSG:4326",
    ]


def _file(body: str, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(body, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _chosen(faults: Any, key: str) -> CellFault | None:
    if not (key.isdecimal() and len(key) < 12):
        return None
    found: CellFault | None = faults.filter(pk=int(key)).first()
    return found


def _middle(fault: CellFault, axis: int) -> float | None:
    return None if fault.geometry is None else round(fault.geometry.centroid.coords[axis], 7)
