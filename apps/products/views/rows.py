"""The rows of a product, as a page and as a sheet."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common.errors import InvalidInput, Refused, TooMany
from apps.common.exports import MAX_ROWS, Column, xlsx_response
from apps.common.pages import neighbours, put_into, status_of
from apps.common.paging import PAGE_SIZE, Page, page_number
from apps.common.phrases import bracketed
from apps.products import permissions, selectors, services
from apps.products.figures import Row, rows_of
from apps.products.forms import SpanForm
from apps.products.views.catalogue import told_at


@login_required
@require_GET
def row_list(request: HttpRequest, code: str) -> HttpResponse:
    """The rows of some days, the newest first."""
    viewer = actor_of(request)
    product = selectors.get_product(viewer, code)
    permissions.require_read(viewer, product)
    form = SpanForm(request.GET, product=product)
    number = page_number(request.GET)
    rows: list[Row] = []
    if form.is_valid():
        start = (number - 1) * PAGE_SIZE
        try:
            rows = list(rows_of(product, form.span(), start=start, count=PAGE_SIZE + 1))
        except (InvalidInput, Refused, TooMany) as error:
            put_into(form, error)
        else:
            services.count_use(viewer, product, rows=len(rows[:PAGE_SIZE]))
    page = Page(rows[:PAGE_SIZE], number, PAGE_SIZE, len(rows) > PAGE_SIZE)
    context = {
        "product": product,
        "form": form,
        "rows": [(told_at(product, row), row) for row in page.items],
        "export_query": request.GET.urlencode(),
    }
    context |= neighbours(request, page)
    return render(request, "products/row_list.html", context, status=status_of(form))


@login_required
@require_GET
def row_export(request: HttpRequest, code: str) -> HttpResponseBase:
    """The same days whole, as a sheet."""
    viewer = actor_of(request)
    product = selectors.get_product(viewer, code)
    permissions.require_read(viewer, product)
    form = SpanForm(request.GET, product=product)
    if not form.is_valid():
        return _said_on_page(request, code)
    span = form.span()
    try:
        rows = list(rows_of(product, span, count=MAX_ROWS + 1))
    except (InvalidInput, Refused, TooMany):
        return _said_on_page(request, code)
    unit = bracketed(product.field_unit) if product.field_unit else ""
    columns = [
        Column(_("时间"), lambda row: told_at(product, row), 18),
        Column(_("代码"), lambda row: row.code, 20, is_text=True),
        Column(_("设备或区域"), lambda row: row.name, 30),
        Column(_("平均") + unit, lambda row: row.mean, 14),
        Column(_("最小") + unit, lambda row: row.low, 14),
        Column(_("最大") + unit, lambda row: row.high, 14),
        Column(_("设备数"), lambda row: row.devices, 10),
        Column(_("读数"), lambda row: row.readings, 10),
        Column(_("有效率"), lambda row: row.share, 10),
    ]
    answer = xlsx_response(f"{product.name}-{span.first:%Y%m%d}-{span.last:%Y%m%d}", columns, rows)
    services.count_use(viewer, product, rows=len(rows))
    audit.record_row(
        viewer, "data_product.exported", product,
        since=span.first.isoformat(), until=span.last.isoformat(), rows=len(rows),
    )  # fmt: skip
    return answer


def _said_on_page(request: HttpRequest, code: str) -> HttpResponse:
    """The page of the same days, which says at the field what is wrong."""
    return redirect(f"{reverse('products:row-list', args=[code])}?{request.GET.urlencode()}")
