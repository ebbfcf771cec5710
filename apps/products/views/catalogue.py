"""The catalogue, one product with its figures, and writing one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.errors import Refused, TooMany
from apps.common.pages import paged, status_of, take, tell
from apps.products import permissions, selectors, services
from apps.products.enums import Step
from apps.products.figures import Row, Span, rows_of
from apps.products.forms import AskForm, ProductFilterForm, ProductForm, ReasonForm
from apps.products.models import DataProduct

#: Lines of the chart; the rows have all.
MOST_LINES = 8
#: Rows of the table under the chart.
TABLE_ROWS = 48
#: Between two marks of the time axis, in milliseconds.
_LEAST_MS = {Step.HOUR: 3_600_000, Step.DAY: 86_400_000}


@login_required
@require_GET
def product_list(request: HttpRequest) -> HttpResponse:
    """What is published, and what the viewer keeps."""
    viewer = actor_of(request)
    form = ProductFilterForm(request.GET)
    context = paged(request, selectors.list_products(viewer, **form.wanted()))
    context |= {"form": form, "may_keep": permissions.can_keep(viewer)}
    return render(request, "products/product_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def product_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """What a product offers; a new one without a code in the address."""
    viewer = actor_of(request)
    product = selectors.get_product(viewer, code) if code else None
    if product is not None:
        permissions.require_keep_of(viewer, product.unit)
    else:
        permissions.require_keep(viewer)
    form = ProductForm(request.POST or None, viewer=viewer, product=product)
    if request.method == "POST" and form.is_valid():
        spec, product_id = form.spec(), product.pk if product else None
        saved = take(form, lambda: services.save_product(viewer, spec=spec, product_id=product_id))
        if saved is not None:
            messages.success(request, _("已保存"))
            return redirect("products:product-detail", saved.code)
    context = {"form": form, "product": product}
    return render(request, "products/product_edit.html", context, status=status_of(form))


@login_required
@require_http_methods(["GET", "POST"])
def product_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Description, newest figures, who asked and who reads; the form to ask for it."""
    viewer = actor_of(request)
    product = selectors.get_product(viewer, code)
    units = permissions.units_of(viewer)
    form = AskForm(request.POST or None, units=units, auto_id="ask_%s")
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        asked = take(form, lambda: services.ask_for(viewer, product_id=product.pk, **said))
        if asked is not None:
            messages.success(request, _("已提出申请，审批结果会发消息通知您"))
            return redirect("products:product-detail", code)
    return render(
        request,
        "products/product_detail.html",
        _shown(viewer, product) | {"form": form},
        status=status_of(form),
    )


@login_required
@require_POST
def product_deed(request: HttpRequest, code: str, deed: str) -> HttpResponse:
    """Publishes or withdraws."""
    viewer = actor_of(request)
    product = selectors.get_product(viewer, code)
    reason = request.POST.get("reason", "")
    deeds = {
        "publish": (
            lambda: services.publish_product(viewer, product_id=product.pk),
            _("已发布到目录"),
        ),
        "withdraw": (
            lambda: services.withdraw_product(viewer, product_id=product.pk, reason=reason),
            _("已撤回"),
        ),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
    return redirect("products:product-detail", code)


def _shown(viewer: User, product: DataProduct) -> dict[str, Any]:
    may_keep = permissions.can_keep_of(viewer, product.unit)
    may_read = permissions.can_read(viewer, product)
    live = selectors.live_grant_of(viewer, product)
    may_ask = not may_read and live is None and product.is_published and not product.is_open
    chart, problem = _drawn(product) if may_read else (None, "")
    return {
        "chart": chart,
        "problem": problem,
        "product": product,
        "profiles": list(product.profiles.order_by("name")),
        "may_keep": may_keep,
        "may_read": may_read,
        "may_ask": may_ask and bool(permissions.units_of(viewer)),
        "grants": selectors.list_grants(viewer, product),
        "uses": selectors.list_uses(product) if may_keep else None,
        "withdraw_form": ReasonForm(auto_id="withdraw_%s"),
    }


def _drawn(product: DataProduct) -> tuple[dict[str, Any] | None, str]:
    """The newest days as a chart, or why there is none."""
    today = clock.today()
    days = 2 if product.step == Step.HOUR else 31
    span = Span(today - timedelta(days=days - 1), today)
    try:
        return _chart(product, list(rows_of(product, span, count=2000))), ""
    except (Refused, TooMany) as error:
        return None, str(error)


def _chart(product: DataProduct, rows: Sequence[Row]) -> dict[str, Any]:
    codes = sorted({row.code for row in rows})[:MOST_LINES]
    names = {row.code: row.name for row in rows}
    series = [
        {
            "type": "line",
            "name": names[code],
            "showSymbol": False,
            "data": [[_moment(row), row.mean] for row in reversed(rows) if row.code == code],
        }
        for code in codes
    ]
    return {
        "title": product.measured,
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"data": [names[code] for code in codes], "type": "scroll"},
            "xAxis": {"type": "time", "minInterval": _LEAST_MS[Step(product.step)]},
            "yAxis": {"type": "value", "scale": True},
            "series": series,
        },
        "columns": [
            {"key": "at", "label": _("时间")},
            {"key": "name", "label": _("设备或区域")},
            {"key": "mean", "label": _("平均"), "is_number": True},
        ],
        "rows": [
            {"at": told_at(product, row), "name": row.name, "mean": shown_number(row.mean)}
            for row in rows[:TABLE_ROWS]
        ],
        "is_empty": not rows,
    }


def told_at(product: DataProduct, row: Row) -> str:
    """Will write the hour or day of a row in the city's time."""
    if product.step == Step.DAY:
        return f"{row.at:%Y-%m-%d}"
    at: Any = row.at
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def shown_number(value: float | None) -> str:
    """Will write a figure with at most four digits behind the point; "" for none."""
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _moment(row: Row) -> Any:
    at: Any = row.at
    return int(at.timestamp() * 1000) if hasattr(at, "timestamp") else at.isoformat()
