"""Points of a plan as a sheet, out and in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.imports import Report, error_sheet
from apps.common.pages import put_into
from apps.siting import permissions, selectors, services
from apps.siting.forms import FileForm


@login_required
@require_GET
def point_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The points, as a sheet the import reads."""
    viewer = actor_of(request)
    plan = selectors.get_plan(viewer, pk)
    points = selectors.list_points(plan)
    audit.record_row(viewer, "siting_points.exported", plan, count=points.count())
    columns = [
        Column("序号", lambda p: p.number, 8),
        Column("点位名称", lambda p: p.label, 24),
        Column("经度", lambda p: round(p.point.x, 7), 14),
        Column("纬度", lambda p: round(p.point.y, 7), 14),
        Column("预算（元）", lambda p: p.price, 14),
        Column("备注", lambda p: p.note, 30),
        Column("建成部件编码", lambda p: p.asset.code if p.asset else "", 20),
        Column("建成登记时间", lambda p: p.built_at, 20),
    ]
    name = f"{plan.name}-{_('规划点位')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, points)


@login_required
@require_http_methods(["GET", "POST"])
def point_import(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Try a file, then take it over; one row that is wrong and nothing is written."""
    viewer = actor_of(request)
    plan = selectors.get_plan(viewer, pk)
    permissions.require_plan_in(viewer, plan.unit, plan.area)
    form = FileForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    is_trial = "write" not in request.POST
    if request.method == "POST" and form.is_valid():
        try:
            parsed = services.read_file(form.cleaned_data["file"])
            report = services.import_points(viewer, plan_id=pk, parsed=parsed, is_trial=is_trial)
        except (NotFound, NotAllowed):
            raise
        except DomainError as error:
            put_into(form, error)
        else:
            if report.errors and "sheet" in request.POST:
                return error_sheet(report.errors)
            if not report.errors and not is_trial:
                messages.success(request, _("已导入 %(n)d 个点位") % {"n": report.saved})
                return redirect("siting:plan-detail", pk)
    wrong = form.errors or (report and report.errors)
    context = {"plan": plan, "form": form, "report": report, "columns": services.COLUMNS}
    return render(request, "siting/point_import.html", context, status=422 if wrong else 200)
