"""Enforcement media: list, one recording, taken in, played. Source: VD-15."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common import clock, files
from apps.common.errors import NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.video import permissions, selectors, services
from apps.video.forms import NoteForm
from apps.video.media_forms import LabelForm, MediaFilterForm, MediaForm
from apps.video.views._common import show_form


def _reader_of(request: HttpRequest) -> User:
    viewer = actor_of(request)
    permissions.require_see_media(viewer)
    return viewer


@login_required
@require_GET
def media_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the recordings."""
    viewer = _reader_of(request)
    form = MediaFilterForm(request.GET)
    context = paged(request, selectors.list_media(viewer, **form.wanted())) | {
        "form": form,
        "may_keep": viewer.has_perm(permissions.KEEP_MEDIA),
    }
    return render(request, "video/media_list.html", context)


@login_required
@require_GET
def media_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; the recordings themselves are not in it."""
    viewer = _reader_of(request)
    rows = selectors.list_media(viewer, **MediaFilterForm(request.GET).wanted())
    services.note_export(viewer, what="media", count=rows.count())
    columns = [
        Column(_("标题"), lambda m: m.title, 28),
        Column(_("类别"), lambda m: m.get_media_class_display(), 14),
        Column(_("标注"), lambda m: m.label, 28),
        Column(_("案件号"), lambda m: m.case_number, 18),
        Column(_("执法单位"), lambda m: m.unit.name, 24),
        Column(_("执法人员"), lambda m: m.recorder_name, 12),
        Column(_("录制时间"), lambda m: m.recorded_at, 20),
        Column(_("大小（字节）"), lambda m: m.size_bytes, 14),
        Column(_("摘要"), lambda m: m.digest, 68),
        Column(_("保存至"), lambda m: m.kept_until, 14),
    ]
    return xlsx_response(f"{_('执法视音频')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def media_add(request: HttpRequest) -> HttpResponse:
    """A recording taken in."""
    viewer = _reader_of(request)
    form = MediaForm(request.POST or None, request.FILES or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        upload, spec = form.cleaned_data["file"], form.spec()
        made = take(form, lambda: services.add_media(viewer, upload=upload, spec=spec))
        if made is not None:
            messages.success(request, _("已归档，摘要已写入审计日志"))
            return redirect("video:media-detail", pk=made.pk)
    back = (_("执法视音频"), reverse("video:media-list"))
    return show_form(request, form, _("上传执法视音频"), back=back)


@login_required
@require_http_methods(["GET", "POST"])
def media_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One recording, played by right; labelled anew by its keepers."""
    viewer = _reader_of(request)
    media = selectors.get_media(viewer, pk=pk)
    initial = {name: getattr(media, name) for name in ("label", "media_class", "case_number")}
    form = LabelForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        if take(form, lambda: services.label_media(viewer, media_id=pk, **told)):
            messages.success(request, _("已保存标注"))
            return redirect("video:media-detail", pk=pk)
    context = {
        "media": media,
        "form": form,
        "hold_form": NoteForm(auto_id="hold_%s"),
        "hold_value": "0" if media.is_held else "1",
        "may_keep": media.erased_at is None and permissions.can_keep_media_of(viewer, media.unit),
    }
    return render(request, "video/media_detail.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def media_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Kept beyond its time, or no longer."""
    viewer = _reader_of(request)
    is_held, reason = request.POST.get("hold") == "1", request.POST.get("text", "")
    tell(
        request,
        lambda: services.hold_media(viewer, media_id=pk, is_held=is_held, reason=reason),
        done=_("已延期保存") if is_held else _("已取消延期保存"),
    )
    return redirect("video:media-detail", pk=pk)


@login_required
@require_GET
def media_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The bytes; each time written down."""
    viewer = _reader_of(request)
    media = selectors.get_media(viewer, pk=pk)
    if media.file is None:
        raise NotFound(_("已到期销毁"))
    services.note_opened(viewer, media, is_download="download" in request.GET)
    response = files.file_response(media.file, download_name=f"{media.title}-{media.pk}")
    response["Cache-Control"] = "private, no-store"
    return response
