"""Tags: the list, sheets out and in, one with what it was bound to, what is done with it.

Source: IO-14.
"""

from collections.abc import Callable
from typing import IO

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.imports import Report, error_sheet, read_rows
from apps.common.pages import do_named, paged, status_of, take
from apps.tagging import permissions, selectors, services
from apps.tagging.forms import BindForm, MomentForm, SheetForm, TagFilterForm, TagForm
from apps.tagging.models import Tag
from apps.tagging.views._common import keeper_of, reader_of, show_edit, tabs

#: Passages under a tag.
LAST_ROWS = 20


@login_required
@require_GET
def tag_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the tags, with what each is bound to now."""
    viewer = reader_of(request)
    form = TagFilterForm(request.GET)
    context = paged(request, selectors.list_tags(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs("tag-list"),
        "may_keep": permissions.can_keep(viewer),
    }
    context["rows"] = selectors.with_things(context["rows"])
    return render(request, "tagging/tag_list.html", context)


@login_required
@require_GET
def tag_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.with_things(
        list(selectors.list_tags(viewer, **TagFilterForm(request.GET).wanted()))
    )
    audit.record(viewer, "tags.exported", data={"count": len(rows)})
    columns = [
        Column("EPC", lambda row: row[0].epc, 30),
        Column("TID", lambda row: row[0].tid, 26),
        Column(_("标准"), lambda row: row[0].get_standard_display(), 18),
        Column(_("状态"), lambda row: row[0].get_state_display(), 10),
        Column(_("绑定对象"), lambda row: str(row[1].thing) if row[1] else "", 28),
        Column(_("编码"), lambda row: row[1].thing.code if row[1] else "", 20),
        Column(_("绑定时间"), lambda row: row[1].since if row[1] else None, 20),
        Column(_("权属单位"), lambda row: row[0].unit.name, 24),
        Column(_("说明"), lambda row: row[0].note, 30),
    ]
    return xlsx_response(f"{_('标签')}-{clock.today():%Y%m%d}", columns, rows)


@login_required
@require_GET
def unknown_list(request: HttpRequest) -> HttpResponse:
    """Tags nobody registered, with how often they were read where."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_unknown(viewer)) | {
        "tabs": tabs("unknown-list"),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "tagging/unknown_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def tag_new(request: HttpRequest) -> HttpResponse:
    """A tag to register; its number may come from the list of unknown ones."""
    viewer = keeper_of(request)
    form = TagForm(request.POST or None, viewer=viewer, epc=request.GET.get("epc", "")[:124])
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.register_tag(viewer, spec=spec))
        if saved is not None:
            messages.success(request, _("已登记标签"))
            return redirect("tagging:tag-detail", pk=saved.pk)
    return show_edit(request, form, title=_("登记标签"), kinds=_("标签"), list_name="tag-list")


@login_required
@require_http_methods(["GET", "POST"])
def tag_import(request: HttpRequest) -> HttpResponseBase:
    """A sheet taken in; what is wrong shows in the page, or comes as a sheet of errors."""
    viewer = keeper_of(request)
    form = SheetForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        report = take(form, lambda: _take_in(viewer, **given))
        if report and report.errors and "sheet" in request.POST:
            return error_sheet(report.errors)
        if report and not report.errors:
            messages.success(request, _("已导入 %(n)d 个标签") % {"n": report.saved})
            return redirect("tagging:tag-list")
    wrong = form.errors or (report and report.errors)
    context = {"form": form, "report": report, "columns": services.COLUMNS}
    return render(request, "tagging/tag_import.html", context, status=422 if wrong else 200)


@login_required
@require_GET
def tag_sheet(request: HttpRequest) -> HttpResponseBase:
    """An empty sheet to fill in; its cells are text, so that no digit is lost."""
    keeper_of(request)
    columns = [Column(one.header, str, 30, is_text=True) for one in services.COLUMNS]
    return xlsx_response(_("标签导入表"), columns, [])


@login_required
@require_GET
def tag_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One tag, what it was bound to when, where it was read."""
    viewer = reader_of(request)
    return _show(request, viewer, selectors.get_tag(viewer, pk=pk), BindForm(None, viewer=viewer))


@login_required
@require_POST
def tag_bind(request: HttpRequest, pk: int) -> HttpResponse:
    """A tag bound to the thing or batch that was named."""
    viewer = keeper_of(request)
    tag = selectors.get_tag(viewer, pk=pk)
    form = BindForm(request.POST, viewer=viewer)
    if form.is_valid():
        thing = form.cleaned_data["thing"]
        if take(form, lambda: services.bind_tag(viewer, tag_id=pk, thing=thing)):
            messages.success(request, _("已绑定“%(name)s”") % {"name": str(thing)})
            return redirect("tagging:tag-detail", pk=pk)
    return _show(request, viewer, tag, form)


@login_required
@require_POST
def tag_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """A tag freed, lost, found or retired."""
    viewer = keeper_of(request)
    selectors.get_tag(viewer, pk=pk)
    deeds: dict[str, tuple[Callable[..., Tag], str]] = {
        "unbind": (services.unbind_tag, _("已解绑")),
        "lose": (services.lose_tag, _("已挂失，出现时按通行规则告警")),
        "find": (services.find_tag, _("已解除挂失")),
        "retire": (services.retire_tag, _("已报废")),
    }
    do_named(request, deed, deeds, tag_id=pk)
    return redirect("tagging:tag-detail", pk=pk)


def _take_in(viewer: User, *, file: IO[bytes], partial: bool) -> Report:
    parsed = read_rows(file, services.COLUMNS)
    return services.import_tags(viewer, parsed=parsed, partial=partial)


def _show(request: HttpRequest, viewer: User, tag: Tag, form: BindForm) -> HttpResponse:
    asked = MomentForm(request.GET if "at" in request.GET else None)
    at = asked.cleaned_data["at"] if asked.is_valid() else None
    now = selectors.binding_on(tag, clock.now())
    context = {
        "tag": tag,
        "form": form,
        "asked": asked,
        "at": at,
        "then": selectors.binding_on(tag, at) if at else None,
        "binding": now,
        "bindings": tag.bindings.select_related("asset", "batch"),
        "rows": selectors.list_passages(viewer, text=tag.epc)[:LAST_ROWS],
        "may_keep": permissions.can_keep_for(viewer, tag.unit),
    }
    status = max(status_of(form), status_of(asked))
    return render(request, "tagging/tag_detail.html", context, status=status)
