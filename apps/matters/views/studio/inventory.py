"""The worklist of the inventory of matters, its import, and how complete it is."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.common import imports
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.exports import Column, xlsx_response
from apps.matters import permissions, services
from apps.matters.models import InventoryItem
from apps.matters.selectors import inventory
from apps.matters.studio.catalogue_forms import (
    CheckForm,
    ItemFilterForm,
    ItemForm,
    ItemsFileForm,
)
from apps.matters.views.requests import viewer_of
from apps.matters.views.studio.shared import tell

PER_PAGE = 50


def _viewer(request: HttpRequest) -> User:
    viewer = viewer_of(request)
    if not permissions.can_view_matters(viewer) and not viewer.has_perm(permissions.FILL):
        raise NotAllowed(_("您没有查看事项清单的权限"))
    return viewer


@login_required
@require_GET
def item_list(request: HttpRequest) -> HttpResponse:
    """The items the viewer writes or checks."""
    viewer = _viewer(request)
    units = inventory.fillable_units(viewer)
    form = ItemFilterForm(request.GET or None, units=units)
    found = inventory.list_items(viewer)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            found = found.filter(name__icontains=wanted["q"].replace("\x00", ""))
        if wanted["unit"]:
            found = found.filter(organization=wanted["unit"])
        if wanted["state"]:
            found = found.filter(state=wanted["state"])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [(item, inventory.missing_parts(item)) for item in page],
        "may_fill": units.exists(),
        "file_form": ItemsFileForm(),
        "is_narrowed": bool(request.GET),
        "may_view_matters": permissions.can_view_matters(viewer),
    }
    return render(request, "studio/item_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def item_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One item: what the department says, and what the next person may do with it."""
    actor = _viewer(request)
    item = inventory.get_item(actor, pk=pk) if pk else None
    form = ItemForm(
        request.POST or None,
        units=inventory.fillable_units(actor),
        initial=_initial(item) if item else {},
    )
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            saved = services.save_item(
                actor,
                organization=given.pop("organization"),
                name=given.pop("name"),
                domain=given.pop("domain"),
                values=given,
                item_id=item.pk if item else None,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("已保存，等待核对"))
            return redirect("studio:item-edit", pk=saved.pk)
    context: dict[str, Any] = {"form": form, "item": item}
    if item is not None:
        context |= {
            "missing": inventory.missing_parts(item),
            "may_fill": permissions.can_fill(actor, item.organization),
            "may_check": permissions.can_oversee_inventory(actor, item.organization),
            "may_confirm": permissions.can_confirm(actor, item.organization),
            "check_form": CheckForm(initial={"matter_type": item.matter_type_id}),
        }
    return render(request, "studio/item_edit.html", context)


def _initial(item: InventoryItem) -> dict[str, Any]:
    names = ("name", "kind", "audience", "legal_basis", "promise", "fee")
    values = {name: getattr(item, name) for name in names}
    return values | {"organization": item.organization_id, "domain": item.domain_id}


@login_required
@require_POST
def item_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Checks, sends back or confirms an item."""
    actor = _viewer(request)
    item = inventory.get_item(actor, pk=pk)
    if deed not in ("check", "return", "confirm"):
        raise NotFound(_("没有这个操作"))
    try:
        if deed == "check":
            form = CheckForm(request.POST)
            matter = form.cleaned_data["matter_type"] if form.is_valid() else None
            services.check_item(actor, item_id=item.pk, matter_type=matter)
            messages.success(request, _("已核对，等待部门负责人确认"))
        elif deed == "return":
            services.return_item(actor, item_id=item.pk, note=request.POST.get("note", ""))
            messages.success(request, _("已退回部门"))
        else:
            services.confirm_item(actor, item_id=item.pk)
            messages.success(request, _("已确认"))
    except DomainError as error:
        tell(request, error)
    return redirect("studio:item-edit", pk=pk)


@login_required
@require_POST
def item_import(request: HttpRequest) -> HttpResponseBase:
    """A spreadsheet of items; rows in error come back as a sheet."""
    actor = _viewer(request)
    form = ItemsFileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("请选择一个文件"))
        return redirect("studio:item-list")
    try:
        report = services.import_items(
            actor, file=form.cleaned_data["file"].file, partial=form.cleaned_data["partial"]
        )
    except DomainError as error:
        tell(request, error)
        return redirect("studio:item-list")
    if report.errors:
        return imports.error_sheet(report.errors, filename=_("事项清单导入错误"))
    messages.success(request, _("已导入 %s 项") % report.saved)
    return redirect("studio:item-list")


@login_required
@require_GET
def item_report(request: HttpRequest) -> HttpResponse:
    """Which departments confirmed, and which mandatory parts are missing where."""
    viewer = _viewer(request)
    rows = inventory.completeness(inventory.fillable_units(viewer))
    context = {
        "rows": rows,
        "confirmed": sum(row.is_confirmed for row in rows),
        "empty": sum(row.total == 0 for row in rows),
        "may_view_matters": permissions.can_view_matters(viewer),
    }
    return render(request, "studio/item_report.html", context)


@login_required
@require_GET
def item_template(request: HttpRequest) -> HttpResponseBase:
    """The items the viewer sees as a spreadsheet that can be filled in and imported again."""
    viewer = _viewer(request)
    columns = [
        Column("单位编码", lambda item: item.organization.code),
        Column("事项名称", lambda item: item.name, 30),
        Column("类型", lambda item: item.get_kind_display()),
        Column("业务领域", lambda item: item.domain.name if item.domain else ""),
        Column("服务对象", lambda item: item.audience, 30),
        Column("法律依据", lambda item: item.legal_basis, 40),
        Column("承诺时限", lambda item: item.promise),
        Column("收费", lambda item: item.fee),
    ]
    return xlsx_response(_("事项清单"), columns, inventory.list_items(viewer))
