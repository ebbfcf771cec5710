"""Files of place names: preview, errors, writing; the library as a sheet."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.errors import InvalidInput, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.imports import RowError, error_sheet
from apps.common.pages import put_into, tell
from apps.places import permissions, selectors, services
from apps.places.forms import GazetteerSearchForm, NamesForm
from apps.places.models import GazetteerEntry, GazetteerImport
from apps.places.services import name_imports as titles

SHOWN_ERRORS = 50


@login_required
@require_GET
def names_export(request: HttpRequest) -> FileResponse:
    """The entries of a search as an Excel file that can be imported again."""
    form = GazetteerSearchForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    found = selectors.search_gazetteer(text, kind=kind)
    columns = [
        Column(titles.KIND, GazetteerEntry.get_kind_display, 10),
        Column(titles.NAME, lambda entry: entry.name, 30),
        Column(titles.PARENT, lambda entry: entry.parent.name if entry.parent else "", 20),
        Column(titles.NUMBER, lambda entry: entry.house_number, 8),
        Column(titles.ALIASES, lambda entry: "、".join(entry.aliases), 30),
        Column(titles.LON, lambda entry: round(entry.point.x, 7), 14),
        Column(titles.LAT, lambda entry: round(entry.point.y, 7), 14),
        Column(titles.SOURCE, lambda entry: entry.source, 20),
        Column(_("所在区域"), lambda entry: entry.area.name if entry.area else "", 20),
    ]
    services.note_export(request.user, text=text, kind=kind)
    return xlsx_response(_("地名库"), columns, found.iterator(chunk_size=2000))


@login_required
@require_http_methods(["GET", "POST"])
def names_upload(request: HttpRequest) -> HttpResponse:
    """Upload a file of place names and see what it would do."""
    permissions.require_manage_areas(request.user)
    form = NamesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            kept = services.preview_names(
                request.user,
                content=data["file"].read(),
                file_name=data["file"].name,
                crs=data["crs"],
                source=data["source"],
            )
        except InvalidInput as error:
            put_into(form, error)
        else:
            return redirect("places:names-import", pk=kept.pk)
    recent = GazetteerImport.objects.defer("content")[:20]
    headers = [column.header for column in titles.columns()]
    context = {"form": form, "recent": recent, "headers": headers}
    return render(request, "places/names_upload.html", context)


@login_required
@require_GET
def names_import(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file of names would do, or did."""
    kept = _import(request, pk)
    errors = kept.summary["errors"][:SHOWN_ERRORS]
    return render(request, "places/names_import.html", {"import": kept, "errors": errors})


@login_required
@require_GET
def names_errors(request: HttpRequest, pk: int) -> FileResponse:
    """The errors of a file as a sheet."""
    kept = _import(request, pk)
    rows = (RowError(**error) for error in kept.summary["errors"])
    return error_sheet(rows, filename=_("地名导入错误"))


@login_required
@require_POST
def names_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a previewed file of names."""
    tell(
        request,
        lambda: services.apply_names(request.user, import_id=pk),
        done=lambda kept: (
            _("已写入：新增 %(new)d 条，补充别名 %(taught)d 个")
            % {"new": kept.summary["new"], "taught": kept.summary["taught"]}
        ),
    )
    return redirect("places:names-import", pk=pk)


def _import(request: HttpRequest, pk: int) -> GazetteerImport:
    permissions.require_manage_areas(request.user)
    kept = GazetteerImport.objects.defer("content").filter(pk=pk).first()
    if kept is None:
        raise NotFound(_("导入记录不存在"))
    return kept
