"""The trail of a thing of the register from gate to gate. Source: IO-13, IO-14."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.assets.selectors import get_asset
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import xlsx_response
from apps.tagging import selectors
from apps.tagging.forms import WeekForm
from apps.tagging.selectors import Leg
from apps.tagging.views._common import center_of, leg_columns, reader_of, shapes_of

#: Rows under the map.
TABLE_ROWS = 200
#: Longer unseen, the line is broken.
GAP = timedelta(hours=24)


@login_required
@require_GET
def thing_trail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a thing passed, on the map and as a table, the last first."""
    viewer, asset, form, legs = _asked(request, pk)
    context = {
        "asset": asset,
        "form": form,
        "count": len(legs),
        "legs": legs[: -TABLE_ROWS - 1 : -1],
        "place": selectors.newest_place(viewer, asset),
        "bindings": asset.tag_bindings.select_related("tag"),
        "query": request.GET.urlencode(),
        "center": center_of(legs) or f"{asset.point.x:.6f},{asset.point.y:.6f}",
    }
    status = 422 if form.errors else 200
    return render(request, "tagging/thing_trail.html", context, status=status)


@login_required
@require_GET
def thing_shapes(request: HttpRequest, pk: int) -> JsonResponse:
    """The trail as GeoJSON."""
    _viewer, _asset, _form, legs = _asked(request, pk)
    return shapes_of(legs)


@login_required
@require_GET
def thing_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every passage of the span, as a sheet."""
    viewer, asset, form, legs = _asked(request, pk)
    since, until = form.span()
    audit.record_row(viewer, "passages.exported", asset, span=f"{since:%F %H:%M}/{until:%F %H:%M}")
    name = f"{asset.code}-{_('标签轨迹')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, leg_columns(), legs)


def _asked(request: HttpRequest, pk: int) -> tuple[User, Asset, WeekForm, list[Leg]]:
    viewer = reader_of(request)
    asset = get_asset(viewer, pk=pk)
    form = WeekForm(request.GET)
    since, until = form.span()
    found = selectors.passages_of_thing(viewer, asset, since=since, until=until)
    return viewer, asset, form, selectors.legs_of(found, gap=GAP)
