"""Looking through cameras, and asking for those of others. Source: VD-01, VD-03."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.errors import Refused
from apps.common.pages import paged, take, tell
from apps.video import permissions, selectors, services
from apps.video.enums import PlayKind
from apps.video.forms import NoteForm, PlayForm, RequestFilterForm, RequestForm, TurnForm
from apps.video.media_links import delivery_of
from apps.video.views._common import reader_of, show_form


@login_required
@require_http_methods(["GET", "POST"])
def play_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks why, then opens a look."""
    viewer = reader_of(request)
    camera = selectors.get_camera(viewer, pk=pk)
    form = PlayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        opened = take(form, lambda: services.play(viewer, camera_id=pk, **form.cleaned_data))
        if opened is not None:
            return redirect("video:play-page", pk=opened.play.pk)
    back = (str(camera), reverse("video:camera-detail", args=[pk]))
    hint = _("观看的人、时间、目的和时长都会记录；画面带有观看人水印。")
    return show_form(request, form, _("观看视频"), back=back, hint=hint)


@login_required
@require_GET
def play_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture with the viewer's name over it, for as long as the link is good."""
    viewer = reader_of(request)
    opened = services.reopen(viewer, play_id=pk)
    camera = opened.play.camera
    context = {
        "may_steer": opened.play.kind == PlayKind.LIVE
        and camera.has_ptz
        and permissions.can_steer(viewer, camera),
        "play": opened.play, "camera": opened.play.camera, "link": opened.link,
        "watermark": opened.watermark, "marks": range(24),
        "delivery": delivery_of(opened.play.kind).value,
    }  # fmt: skip
    response = render(request, "video/play.html", context)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def play_beat(request: HttpRequest, pk: int) -> HttpResponse:
    """The page still plays, or was closed."""
    viewer = reader_of(request)
    is_over = request.POST.get("over") == "1"
    return JsonResponse({"open": services.keep_watching(viewer, play_id=pk, is_over=is_over)})


@login_required
@require_POST
def play_head(request: HttpRequest, pk: int) -> HttpResponse:
    """The head of the camera taken, turned or given back; whose hands it is in is answered."""
    viewer = reader_of(request)
    selectors.get_own_play(viewer, pk=pk)
    form = TurnForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": _("云台操作不正确")}, status=400)
    deed = form.cleaned_data["deed"]
    try:
        if deed == "turn":
            held = services.turn_head(viewer, play_id=pk, **form.speeds())
        else:
            do = services.take_head if deed == "take" else services.leave_head
            held = do(viewer, play_id=pk)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=409)
    return JsonResponse({"mine": held.mine, "by": held.by})


@login_required
@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """Requests of one's own units, and those to decide."""
    viewer = reader_of(request)
    form = RequestFilterForm(request.GET)
    context = paged(request, selectors.list_requests(viewer, state=form.wanted()))
    rows = [
        {
            "asked": one,
            "may_decide": one.state == "waiting"
            and one.asked_by_id != viewer.pk
            and permissions.can_approve(viewer, one.camera),
            "may_withdraw": one.state == "waiting" and one.asked_by_id == viewer.pk,
            "may_end": one.grant is not None
            and selectors.is_granted_now(one.grant)
            and permissions.can_approve(viewer, one.camera),
        }
        for one in context["rows"]
    ]
    context |= {"rows": rows, "form": form, "may_ask": bool(permissions.units_of(viewer))}
    return render(request, "video/request_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def request_new(request: HttpRequest) -> HttpResponse:
    """A camera of another department asked for."""
    viewer = reader_of(request)
    form = RequestForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        if take(form, lambda: services.ask_for_camera(viewer, **told)) is not None:
            messages.success(request, _("已提交申请，等待审核"))
            return redirect("video:request-list")
    back = (_("视频共享申请"), reverse("video:request-list"))
    return show_form(request, form, _("申请视频"), back=back)


@login_required
@require_POST
def request_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Agreed, refused or withdrawn."""
    viewer = reader_of(request)
    deed, text = request.POST.get("deed", ""), request.POST.get("text", "")
    if deed == "withdraw":
        tell(request, lambda: services.withdraw_request(viewer, request_id=pk),
             done=_("已撤回申请"))  # fmt: skip
    else:
        is_agreed = deed == "agree"
        tell(
            request,
            lambda: services.decide_request(viewer, request_id=pk, is_agreed=is_agreed, text=text),
            done=_("已同意，共享自起始日期起生效") if is_agreed else _("已退回申请"),
        )
    return redirect("video:request-list")


@login_required
@require_http_methods(["GET", "POST"])
def grant_end(request: HttpRequest, pk: int) -> HttpResponse:
    """A shared camera taken back, with why."""
    viewer = reader_of(request)
    selectors.get_ruled_grant(viewer, pk=pk)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        if take(form, lambda: services.end_grant(viewer, grant_id=pk, text=text)):
            messages.success(request, _("已收回共享"))
            return redirect("video:request-list")
    back = (_("视频共享申请"), reverse("video:request-list"))
    return show_form(request, form, _("收回共享"), back=back)
