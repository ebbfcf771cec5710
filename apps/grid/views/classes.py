"""The code table: list, edit, retire, import, export."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common import clock, imports
from apps.common.errors import DomainError
from apps.common.exports import Column, xlsx_response
from apps.common.pages import put_into, tell
from apps.grid import permissions, selectors, services
from apps.grid.enums import EventKind, Season
from apps.grid.forms import ClassForm, FileForm, RetireForm
from apps.grid.models import GridClass
from apps.grid.services.classes import LEVEL_WORDS, limits_text
from apps.grid.views._common import reader_of
from apps.matters.limits import write_limit

_SEASONS = (("limit", Season.ANY), ("flood", Season.FLOOD), ("heating", Season.HEATING))


@login_required
@require_GET
def class_list(request: HttpRequest) -> HttpResponse:
    """The table as it counts today, or with everything that ever counted."""
    viewer = reader_of(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in EventKind.values else ""
    ended = "ended" in request.GET
    rows = selectors.list_classes(kind=kind, text=request.GET.get("q", "").strip(), ended=ended)
    context = {
        "rows": [(row, limits_text(row)) for row in rows],
        "kinds": EventKind.choices,
        "kind": kind,
        "ended": ended,
        "q": request.GET.get("q", ""),
        "may_keep": viewer.has_perm(permissions.KEEP),
    }
    return render(request, "grid/class_list.html", context)


@login_required
@permission_required(permissions.KEEP, raise_exception=True)
@require_http_methods(["GET", "POST"])
def class_edit(request: HttpRequest, class_id: int | None = None) -> HttpResponse:
    """A new class, or a new wording of one from a day on; cases keep the old one."""
    row = get_object_or_404(GridClass, pk=class_id) if class_id is not None else None
    initial: dict[str, Any] = {"valid_from": clock.today()}
    if row is not None:
        initial |= {
            name: write_limit({"amount": one.amount, "unit": one.unit})
            for name, season in _SEASONS
            for one in row.limits.filter(season=season, stage=0, tenant=None)
        }
    form = ClassForm(request.POST or None, instance=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.save_class(actor_of(request), new=_new(given, row))
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已保存分类%s") % given["name"])
            return redirect("grid:class-list")
    context = {"form": form, "row": row, "retire": RetireForm(initial=initial)}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "grid/class_edit.html", context, status=status)


def _new(given: dict[str, Any], row: GridClass | None) -> services.NewClass:
    own = [
        services.LimitData(
            write_limit({"amount": one.amount, "unit": one.unit}),
            season=one.season,
            tenant=one.tenant,
            stage=one.stage,
            label=one.label,
        )
        for one in (row.limits.select_related("tenant") if row is not None else ())
        if one.stage or one.tenant_id is not None
    ]
    general = [
        services.LimitData(given[name], season=season) for name, season in _SEASONS if given[name]
    ]
    return services.NewClass(
        **{
            name: given[name]
            for name in (
                *("code", "name", "level", "filing_condition", "closing_condition"),
                *("photo_distance_m", "source", "valid_from"),
            )
        },
        position=row.position if row is not None else 0,
        limits=[*own, *general],
    )


@login_required
@permission_required(permissions.KEEP, raise_exception=True)
@require_POST
def class_retire(request: HttpRequest, class_id: int) -> HttpResponse:
    """停用."""
    form = RetireForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写停用日期"))
        return redirect("grid:class-edit", class_id=class_id)
    tell(
        request,
        lambda: services.retire_class(
            actor_of(request), class_id=class_id, valid_to=form.cleaned_data["valid_to"]
        ),
        done=_("已停用，在办事件不受影响"),
    )
    return redirect("grid:class-list")


@login_required
@permission_required(permissions.KEEP, raise_exception=True)
@require_http_methods(["GET", "POST"])
def class_import(request: HttpRequest) -> HttpResponseBase:
    """Takes a table over; answers row by row what to mend. Nothing is half done."""
    form = FileForm(request.POST or None, request.FILES or None)
    report: imports.Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            report = services.import_classes(
                actor_of(request),
                parsed=imports.read_rows(form.cleaned_data["file"], services.COLUMNS),
                partial=form.cleaned_data["partial"],
            )
        except DomainError as error:
            put_into(form, error)
        else:
            if "sheet" in request.POST and report.errors:
                return imports.error_sheet(report.errors)
            if not report.errors:
                messages.success(request, _("已导入%s个分类") % report.saved)
                return redirect("grid:class-list")
    context = {"form": form, "report": report, "columns": services.COLUMNS}
    status = 422 if form.errors or (report and report.errors) else 200
    return render(request, "grid/class_import.html", context, status=status)


@login_required
@require_GET
def class_export(request: HttpRequest) -> HttpResponseBase:
    """The table as it counts today, in the form the import reads."""
    reader_of(request)
    words = {level: word for word, level in LEVEL_WORDS.items()}
    columns = [
        Column("代码", lambda r: r.code, 10),
        Column("名称", lambda r: r.name, 24),
        Column("紧急程度", lambda r: words[r.level], 10),
        *(
            Column(header, _limit_in(season), 14)
            for header, season in (
                ("处置时限", Season.ANY),
                ("汛期时限", Season.FLOOD),
                ("采暖季时限", Season.HEATING),
            )
        ),
        Column("立案条件", lambda r: r.filing_condition, 40),
        Column("结案条件", lambda r: r.closing_condition, 40),
        Column("照片间距（米）", lambda r: r.photo_distance_m, 14),
        Column("依据", lambda r: r.source, 30),
        Column("启用日期", lambda r: r.valid_from, 14),
    ]
    name = f"{_('部件事件分类')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, selectors.list_classes())


def _limit_in(season: str) -> Any:
    def read(row: GridClass) -> str:
        for one in row.limits.all():
            if one.season == season and not one.stage and one.tenant_id is None:
                return write_limit({"amount": one.amount, "unit": one.unit})
        return ""

    return read
