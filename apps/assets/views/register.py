"""The register of components: search, one thing, and files in and out."""

from datetime import date, datetime, time, timedelta
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.signed_in import actor_of
from apps.assets import own_fields, permissions, registry, selectors, services
from apps.assets.forms import AssetFilterForm, DayForm, FileForm, PictureForm, SurveyForm
from apps.assets.models import Asset
from apps.assets.views._common import reader_of
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.exports import Column, xlsx_response
from apps.common.imports import Report, error_sheet
from apps.common.pages import paged, put_into


@login_required
@require_GET
def asset_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the register."""
    viewer = reader_of(request)
    form = AssetFilterForm(request.GET, viewer=viewer)
    found = paged(request, selectors.list_assets(viewer, **form.wanted()))
    context = found | {
        "form": form,
        "may_register": permissions.can_register_asset(viewer),
        "may_rule": permissions.can_rule(viewer),
        "may_define": permissions.can_define(viewer),
        "held": selectors.list_held(viewer).count() if permissions.can_rule(viewer) else 0,
    }
    return render(request, "assets/asset_list.html", context)


@login_required
@require_GET
def asset_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet the import reads."""
    viewer = reader_of(request)
    form = AssetFilterForm(request.GET, viewer=viewer)
    rows = selectors.list_assets(viewer, **form.wanted())
    filters = {name: value for name, value in request.GET.items() if value and name != "page"}
    services.note_export(viewer, count=rows.count(), filters=filters)
    own = own_fields.columns_of(form.kinds)
    columns = [
        Column("编码", lambda a: a.code, 20),
        Column("类别代码", lambda a: a.kind.code, 10),
        Column("类别", lambda a: a.kind.name, 14),
        Column("名称", lambda a: a.name, 24),
        Column("经度", lambda a: round(a.point.x, 7), 14),
        Column("纬度", lambda a: round(a.point.y, 7), 14),
        Column("所在区域", lambda a: a.area.name if a.area else "", 24),
        Column("权属单位代码", lambda a: _code(a, "owner_unit"), 18),
        Column("养护单位代码", lambda a: _code(a, "maintainer"), 18),
        Column("状态", lambda a: a.get_state_display(), 10),
        Column("启用日期", lambda a: a.since, 14),
        Column("生产厂家", lambda a: a.maker, 18),
        Column("规格型号", lambda a: a.model, 18),
        Column("维保单位", lambda a: a.vendor, 18),
        Column("维保合同号", lambda a: a.contract, 16),
        Column("安装日期", lambda a: a.installed_on, 14),
        Column("到期日期", lambda a: a.expires_on, 14),
        Column("最近普查结果", lambda a: a.get_finding_display(), 14),
        Column("最近普查时间", lambda a: a.surveyed_at, 20),
        *(Column(label, partial(_own, label), 16) for label in own),
    ]
    name = f"{_('部件台账')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(chunk_size=2000))


@login_required
@require_http_methods(["GET", "POST"])
def asset_import(request: HttpRequest) -> HttpResponseBase:
    """Try a file, then take it over; one row that is wrong and nothing is written.

    What is wrong shows in the page, or comes as a sheet of errors.
    """
    viewer = reader_of(request)
    permissions.require_register_asset(viewer)
    form = FileForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    is_trial = "write" not in request.POST
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            parsed = services.read_file(file, file.name)
            report = services.import_assets(viewer, parsed=parsed, is_trial=is_trial)
        except DomainError as error:
            put_into(form, error)
        else:
            if report.errors and "sheet" in request.POST:
                return error_sheet(report.errors)
            if not report.errors and not is_trial:
                messages.success(request, _("已导入 %(n)d 件部件") % {"n": report.saved})
                return redirect("assets:asset-list")
    wrong = form.errors or (report and report.errors)
    context = {"form": form, "report": report, "columns": services.columns()}
    return render(request, "assets/asset_import.html", context, status=422 if wrong else 200)


@login_required
@require_GET
def asset_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One thing: where it stands, whose it is, and what was found of it.

    The label on the thing leads here; who repairs things goes on to their own page for it.
    """
    viewer = actor_of(request)
    own_page = None if permissions.is_reader(viewer) else registry.page_for(viewer, pk)
    if own_page is not None:
        return redirect(own_page)
    permissions.require_reader(viewer)
    asset = selectors.get_asset(viewer, pk=pk)
    day = DayForm(request.GET or None)
    on = day.cleaned_data["on"] if day.is_valid() else None
    # The card as it stood when the day ended.
    shown = asset if on is None else selectors.asset_as_of(asset, end_of(on))
    here = {"lon": f"{asset.point.x:.7f}", "lat": f"{asset.point.y:.7f}"}
    context = {
        "asset": asset,
        "card": shown,
        "own": own_fields.said(asset.kind, shown.details).values(),
        "on": on,
        "day": day,
        "changes": selectors.list_card_changes(asset),
        "pictures": selectors.list_pictures(asset),
        "picture_form": PictureForm(auto_id="picture_%s"),
        "may_register": permissions.can_register_in(viewer, asset.area),
        "surveys": selectors.list_surveys(asset),
        "point": f"{asset.point.x:.7f},{asset.point.y:.7f}",
        "may_survey": viewer.has_perm(permissions.SURVEY),
        "survey_form": SurveyForm(initial=here),
        "links": registry.links_of(viewer, asset.code),
    }
    return render(request, "assets/asset_detail.html", context)


def _own(label: str, asset: Asset) -> str:
    """What a thing answered to the field of this label; a class without it answers nothing."""
    return dict(own_fields.said(asset.kind, asset.details).values()).get(label, "")


def end_of(day: date) -> datetime:
    """Will give the first moment after a day of the city."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def _code(asset: Asset, field: str) -> str:
    unit = getattr(asset, field)
    return unit.code if unit else ""
