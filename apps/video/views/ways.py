"""Ways to a camera's picture, and its standard pictures."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import files
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.common.pages import take, tell
from apps.video import permissions, selectors, services
from apps.video.forms import ClipForm, ConsentForm, PictureForm, SourceForm
from apps.video.views._common import reader_of, show_form


def _back(pk: int, tab: str) -> HttpResponse:
    return redirect(f"{reverse('video:camera-detail', args=[pk])}?tab={tab}")


@login_required
@require_http_methods(["GET", "POST"])
def source_edit(request: HttpRequest, pk: int, source_id: int | None = None) -> HttpResponse:
    """A way to a camera, new or changed."""
    viewer = reader_of(request)
    camera = selectors.get_camera(viewer, pk=pk)
    permissions.require_keep_in(viewer, camera.asset.area)
    source = camera.sources.filter(pk=source_id).first() if source_id else None
    if source_id and source is None:
        raise NotFound(_("没有这种取流方式"))
    form = SourceForm(request.POST or None, viewer=viewer, source=source)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        if take(form, lambda: services.save_source(viewer, camera_id=pk, spec=spec,
                                                   source_id=source_id)):  # fmt: skip
            return _back(pk, "sources")
    back = (str(camera), f"{reverse('video:camera-detail', args=[pk])}?tab=sources")
    return show_form(request, form, _("取流方式"), back=back)


@login_required
@require_POST
def source_drop(request: HttpRequest, pk: int, source_id: int) -> HttpResponse:
    """A way that is no more."""
    viewer = reader_of(request)
    selectors.get_camera(viewer, pk=pk)
    tell(
        request,
        lambda: services.drop_source(viewer, camera_id=pk, source_id=source_id),
        done=_("已删除取流方式"),
    )
    return _back(pk, "sources")


@login_required
@require_POST
def source_check(request: HttpRequest, pk: int, source_id: int) -> HttpResponse:
    """One way asked now whether it answers."""
    viewer = reader_of(request)
    camera = selectors.get_camera(viewer, pk=pk)
    permissions.require_keep_in(viewer, camera.asset.area)
    source = camera.sources.select_related("platform", "file").filter(pk=source_id).first()
    if source is None:
        raise NotFound(_("没有这种取流方式"))
    tell(request, lambda: services.check_source(source), done=_("设备应答正常"))
    return _back(pk, "sources")


@login_required
@require_POST
def clip_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A clip to be read like a camera."""
    viewer = reader_of(request)
    permissions.require_keep_in(viewer, selectors.get_camera(viewer, pk=pk).asset.area)
    form = ClipForm(request.POST, request.FILES)

    def keep() -> object:
        if not form.is_valid():
            raise InvalidInput(_("请选择视频文件"), field="file")
        return services.add_clip(viewer, camera_id=pk, upload=form.cleaned_data["file"])

    tell(request, keep, done=_("已保存视频文件"))
    return _back(pk, "sources")


@login_required
@require_POST
def picture_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A standard picture put forward."""
    viewer = reader_of(request)
    permissions.require_keep_in(viewer, selectors.get_camera(viewer, pk=pk).asset.area)
    form = PictureForm(request.POST, request.FILES)

    def propose() -> object:
        if not form.is_valid():
            raise InvalidInput(_("请选择光照和画面"), field="light")
        light, upload = form.cleaned_data["light"], form.cleaned_data["file"]
        if upload is None:
            return services.propose_live_picture(viewer, camera_id=pk, light=light)
        return services.propose_picture(viewer, camera_id=pk, upload=upload, light=light)

    tell(request, propose, done=_("已提交标准画面，等待审核"))
    return _back(pk, "pictures")


@login_required
@require_POST
def picture_decide(request: HttpRequest, pk: int, picture_id: int) -> HttpResponse:
    """A standard picture approved or refused."""
    viewer = reader_of(request)
    camera = selectors.get_camera(viewer, pk=pk)
    if not camera.pictures.filter(pk=picture_id).exists():
        raise NotFound(_("没有这张标准画面"))
    is_agreed, text = request.POST.get("agree") == "1", request.POST.get("text", "")
    tell(
        request,
        lambda: services.decide_picture(
            viewer, picture_id=picture_id, is_agreed=is_agreed, text=text
        ),
        done=_("已通过标准画面") if is_agreed else _("已退回标准画面"),
    )
    return _back(pk, "pictures")


@login_required
@require_GET
def picture_file(request: HttpRequest, pk: int, picture_id: int) -> HttpResponseBase:
    """The bytes of a standard picture; only of one's own cameras."""
    viewer = reader_of(request)
    camera = selectors.get_camera(viewer, pk=pk)
    if not selectors.is_own(viewer, camera):
        raise NotAllowed(_("共享的摄像机不含标准画面"))
    picture = camera.pictures.select_related("file").filter(pk=picture_id).first()
    if picture is None:
        raise NotFound(_("没有这张标准画面"))
    name = f"{camera.gb_code}-{picture.pk}"
    return files.file_response(picture.file, download_name=name, thumbnail="small" in request.GET)


@login_required
@require_POST
def consent_add(request: HttpRequest, pk: int) -> HttpResponse:
    """What the owner signed, scanned in."""
    viewer = reader_of(request)
    selectors.get_camera(viewer, pk=pk)
    form = ConsentForm(request.POST, request.FILES)

    def keep() -> object:
        if not form.is_valid():
            raise InvalidInput(_("请选择同意书的照片或 PDF"), field="file")
        return services.attach_consent(viewer, camera_id=pk, upload=form.cleaned_data["file"])

    tell(request, keep, done=_("已保存同意书"))
    return _back(pk, "file")


@login_required
@require_GET
def consent_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The scan, for the camera's keepers; each time written down."""
    viewer = reader_of(request)
    camera = selectors.get_camera(viewer, pk=pk)
    kept = services.open_consent(viewer, camera_id=pk)
    response = files.file_response(kept, download_name=f"{camera.gb_code}-consent")
    response["Cache-Control"] = "private, no-store"
    return response
