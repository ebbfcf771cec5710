"""What is on the map as a table: paged, sortable, to be taken along."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import TooMany
from apps.common.exports import Column, xlsx_response
from apps.common.pages import neighbours
from apps.common.paging import page_of
from apps.onemap import permissions, selectors
from apps.onemap.registry import LayerField
from apps.onemap.selectors import FIELD_PREFIX, Limits, OpenLayer
from apps.onemap.views.answers import viewer_of

MOST_EXPORTED = 20_000


@login_required
@require_GET
def table(request: HttpRequest) -> HttpResponse:
    """The features of one layer within the view of the map: ``layer``, ``bbox``, ``layers``."""
    viewer = viewer_of(request)
    choices = _choices(viewer, request)
    code = request.GET.get("layer") or (choices[0].code if choices else "")
    if not code:
        return render(request, "onemap/table.html", {"opened": None})
    opened = selectors.open_layer(viewer, code)
    limits = _limits(request).of(code)
    with selectors.patient(), selectors.readable(opened.layer.label):
        page = page_of(_rows(opened, limits, request.GET.get("sort", "")), request.GET)
    query = request.GET.copy()
    query["layer"] = code
    context = {
        "opened": opened,
        "tabs": _tabs(choices, opened, request),
        "columns": [_column(f) for f in opened.fields],
        "rows": [_cells(opened, row) for row in page.items],
        "has_box": limits.box is not None,
        "may_export": permissions.can_take_rows(viewer, opened.layer),
        "export_url": f"{reverse('onemap:table-export')}?{query.urlencode()}",
        "map_url": _map_url(request, opened),
        "summary": _("第%(first)s至%(last)s条")
        % {"first": page.first_row, "last": page.first_row + len(page.items) - 1},
        **neighbours(request, page),
    }
    return render(request, "onemap/table.html", context)


@login_required
@require_GET
def table_export(request: HttpRequest) -> HttpResponseBase:
    """Exactly what the table shows, all its pages, as xlsx; masked as on the page; audited."""
    viewer = viewer_of(request)
    opened = selectors.open_layer(viewer, request.GET.get("layer", ""))
    permissions.require_take_rows(viewer, opened.layer)
    most = MOST_EXPORTED
    if opened.layer.export_permission:
        # What has a right of its own to be taken along is personal or close to it.
        require(request, "personal.export")
        most = settings.EXPORT_ALONE_LIMIT
    limits = _limits(request).of(opened.code)
    with selectors.patient(), selectors.readable(opened.layer.label):
        rows = list(_rows(opened, limits, request.GET.get("sort", ""))[: most + 1])
    if len(rows) > most:
        raise TooMany(
            _("地图导出一次最多 %(most)d 条，请放大地图或增加筛选后再导出") % {"most": most},
            code="export_too_long",
        )
    audit.record(
        viewer,
        "layer.exported",
        object_type="layer",
        object_id=opened.code,
        object_label=str(opened.layer.label),
        data={"rows": len(rows), "query": request.GET.urlencode()},
    )
    name = f"{opened.layer.label}-{clock.today():%Y%m%d}.xlsx"
    note = _("%(maker)s 于 %(at)s 导出，仅限公务使用。") % {
        "maker": viewer.display_name,
        "at": f"{timezone.localtime(clock.now()):%Y-%m-%d %H:%M}",
    }
    return xlsx_response(name, _sheet_columns(opened), rows, note=note)


def _choices(viewer: User, request: HttpRequest) -> list[OpenLayer]:
    wanted = selectors.read_codes(request.GET.get("layers", ""))
    found = [o for o in selectors.list_layers(viewer) if o.code != selectors.BASE_LAYER]
    return [o for o in found if o.code in wanted] if wanted else found


def _limits(request: HttpRequest) -> Limits:
    return selectors.read_limits(request.GET.dict(), request.GET.getlist("where"))


def _rows(opened: OpenLayer, limits: Limits, sort: str) -> QuerySet[Any, dict[str, Any]]:
    names = [f"{FIELD_PREFIX}{f.name}" for f in opened.fields]
    rows = opened.with_fields(selectors.limited(opened, limits)).values("pk", *names)
    key = sort.removeprefix("-")
    # A masked field must not tell its order.
    known = any(f.name == key for f in opened.fields) and key not in opened.masked
    if not known:
        return rows.order_by("-pk")
    sign = "-" if sort.startswith("-") else ""
    return rows.order_by(f"{sign}{FIELD_PREFIX}{key}", "pk")


def _tabs(
    choices: list[OpenLayer], opened: OpenLayer, request: HttpRequest
) -> list[dict[str, Any]]:
    query = request.GET.copy()
    for name in ("page", "sort"):
        query.pop(name, None)
    tabs = []
    for choice in choices:
        query["layer"] = choice.code
        tabs.append(
            {
                "label": choice.layer.label,
                "url": f"?{query.urlencode()}",
                "current": choice.code == opened.code,
            }
        )
    return tabs


def _map_url(request: HttpRequest, opened: OpenLayer) -> str:
    place = request.GET.get("at", "")
    known = place.replace(".", "").replace("/", "").replace("-", "").isdigit()
    return reverse("onemap:map") + (f"#{place}" if known else "")


def _column(field: LayerField) -> dict[str, Any]:
    is_number = field.kind in {"integer", "number"}
    return {
        "key": field.name,
        "label": field.label,
        "is_sortable": True,
        "is_number": is_number,
    }


def _cells(opened: OpenLayer, row: dict[str, Any]) -> dict[str, Any]:
    values = {f.name: row[f"{FIELD_PREFIX}{f.name}"] for f in opened.fields}
    said = {f.name: selectors.words_of(opened, f, values[f.name]) for f in opened.fields}
    return said | {"url": selectors.detail_url(opened, row["pk"], values)}


def _sheet_columns(opened: OpenLayer) -> list[Column]:
    def reader(field: LayerField) -> Any:
        name = f"{FIELD_PREFIX}{field.name}"
        if field.choices:
            return lambda row: selectors.words_of(opened, field, row[name])
        return lambda row: row[name]

    return [Column(field.label, reader(field)) for field in opened.fields]
