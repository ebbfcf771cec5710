"""Recorders and outside platforms. Source: VD-01, VD-08."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.video import permissions, selectors, services
from apps.video.forms import PlatformForm, RecorderForm
from apps.video.models import ExchangeRun
from apps.video.views._common import reader_of, show_form


@login_required
@require_GET
def recorder_list(request: HttpRequest) -> HttpResponse:
    """Recorders with what hangs on them; platforms with how the last exchange went."""
    viewer = reader_of(request)
    text = request.GET.get("q", "").strip()[:60]
    context = paged(request, selectors.list_recorders(viewer, text=text)) | {
        "q": text,
        "platforms": selectors.list_platforms(viewer),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "video/recorder_list.html", context)


@login_required
@require_GET
def recorder_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_recorders(viewer, text=request.GET.get("q", "").strip()[:60])
    services.note_export(viewer, what="recorders", count=rows.count())
    columns = [
        Column(_("名称"), lambda r: r.name, 24),
        Column(_("国标编码"), lambda r: r.gb_code, 24),
        Column(_("类型"), lambda r: r.get_kind_display(), 14),
        Column(_("生产厂家"), lambda r: r.maker, 18),
        Column(_("责任单位"), lambda r: r.unit.name, 24),
        Column(_("所在区域"), lambda r: r.area.name, 16),
        Column(_("通道数"), lambda r: r.channels, 10),
        Column(_("已接摄像机"), lambda r: r.used, 12),
        Column(_("最近核对录像"), lambda r: r.asked_at, 20),
        Column(_("最近错误"), lambda r: r.last_error, 30),
    ]
    return xlsx_response(f"{_('录像机')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def recorder_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One recorder to write."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    recorder = selectors.get_recorder(viewer, pk=pk) if pk is not None else None
    form = RecorderForm(request.POST or None, viewer=viewer, recorder=recorder)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        if take(form, lambda: services.save_recorder(viewer, spec=spec, recorder_id=pk)):
            messages.success(request, _("已保存录像机"))
            return redirect("video:recorder-list")
    back = (_("录像机与平台"), reverse("video:recorder-list"))
    title = recorder.name if recorder else _("登记录像机")
    return show_form(request, form, title, back=back)


@login_required
@require_http_methods(["GET", "POST"])
def platform_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One platform to write."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    platform = selectors.get_platform(viewer, pk=pk) if pk is not None else None
    form = PlatformForm(request.POST or None, viewer=viewer, platform=platform)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        if take(form, lambda: services.save_platform(viewer, spec=spec, platform_id=pk)):
            messages.success(request, _("已保存视频平台"))
            return redirect("video:recorder-list")
    back = (_("录像机与平台"), reverse("video:recorder-list"))
    title = platform.name if platform else _("登记视频平台")
    return show_form(request, form, title, back=back)


@login_required
@require_GET
def platform_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One platform: how its catalogues were exchanged."""
    viewer = reader_of(request)
    platform = selectors.get_platform(viewer, pk=pk)
    context = paged(request, selectors.list_runs(platform)) | {
        "platform": platform,
        "may_keep": permissions.can_keep_in(viewer, platform.area),
    }
    return render(request, "video/platform_detail.html", context)


@login_required
@require_POST
def platform_exchange(request: HttpRequest, pk: int) -> HttpResponse:
    """A catalogue taken or sent now."""
    viewer = reader_of(request)
    selectors.get_platform(viewer, pk=pk)
    pulls = request.POST.get("direction") == "pull"
    deed = services.pull_catalogue if pulls else services.push_catalogue
    tell(request, lambda: deed(viewer, platform_id=pk), done=_told)
    return redirect("video:platform-detail", pk=pk)


def _told(run: ExchangeRun) -> str:
    if run.error:
        return _("交换未成功：%(why)s") % {"why": run.error}
    told = {"total": run.total, "added": run.added, "changed": run.changed, "gone": run.gone}
    return _("共 %(total)d 个点位：新增 %(added)d，变更 %(changed)d，撤点 %(gone)d") % told
