"""Links to the city: classes, what waits, what was refused, what came back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.pages import do_named, paged, status_of, take, tell
from apps.districts import selectors, services
from apps.districts.enums import Kind
from apps.districts.forms import BackFilterForm, ClearForm, KindFilterForm, LinkForm, StreamForm
from apps.districts.models import Link
from apps.districts.permissions import MANAGE_LINKS, MANAGE_PEERS
from apps.districts.views._common import keeper_of, tabs
from apps.gateway import services as gateway


@login_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The first of the pages somebody may open."""
    if actor_of(request).has_perm(MANAGE_LINKS):
        return redirect("districts:link-list")
    keeper_of(request, MANAGE_PEERS)
    return redirect("districts:peer-list")


@login_required
@require_GET
def link_list(request: HttpRequest) -> HttpResponse:
    """Every city platform that is passed on to."""
    viewer = keeper_of(request, MANAGE_LINKS)
    context = paged(request, selectors.list_links(viewer)) | {"tabs": tabs(viewer, "link-list")}
    return render(request, "districts/link_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def link_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One link to write; a new one without a number in the address."""
    viewer = keeper_of(request, MANAGE_LINKS)
    link = selectors.get_link(viewer, pk=pk) if pk is not None else None
    form = LinkForm(request.POST or None, viewer=viewer, link=link)
    if request.method == "POST":
        if request.POST.get("secret"):
            require(request, "secret.issue")
        if form.is_valid():
            saved = take(form, lambda: _save(viewer, form, pk))
            if saved is not None:
                messages.success(request, _("已保存"))
                return redirect("districts:link-detail", pk=saved.pk)
    context = {"form": form, "link": link}
    return render(request, "districts/link_edit.html", context, status=status_of(form))


@login_required
@require_GET
def link_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One link: its classes, what waits and what the city said."""
    viewer = keeper_of(request, MANAGE_LINKS)
    link = selectors.get_link(viewer, pk=pk)
    form = KindFilterForm(request.GET)
    context = paged(request, selectors.list_batches(link, kind=form.wanted())) | {
        "link": link,
        "streams": selectors.list_streams(link),
        "form": form,
    }
    return render(request, "districts/link_detail.html", context)


@login_required
@require_POST
def link_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Pause, go on, or send again what was given up."""
    viewer = keeper_of(request, MANAGE_LINKS)
    link = selectors.get_link(viewer, pk=pk)
    if deed == "replay":
        tell(
            request,
            lambda: gateway.replay(viewer, delivery_ids=selectors.list_dead(link)),
            done=lambda count: _("已重新排队%d批") % count,
        )
    else:
        deeds = {"pause": (_pause, _("已暂停")), "resume": (_resume, _("已恢复"))}
        do_named(request, deed, deeds, link_id=pk)
    return redirect("districts:link-detail", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def stream_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One class of a link, and whether its texts go covered."""
    viewer = keeper_of(request, MANAGE_LINKS)
    stream = selectors.get_stream(viewer, pk=pk)
    form = StreamForm(request.POST if request.method == "POST" else None, stream=stream)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        saved = take(form, lambda: services.set_stream(viewer, stream_id=pk, **given))
        if saved is not None:
            messages.success(request, _("已保存"))
            return redirect("districts:link-detail", pk=stream.link_id)
    context = {
        "form": form,
        "stream": stream,
        "clear": ClearForm() if stream.kind == Kind.CASES else None,
    }
    return render(request, "districts/stream_edit.html", context, status=status_of(form))


@login_required
@require_POST
def stream_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Ask for uncovered texts, agree, end it; or pass everything on again."""
    viewer = keeper_of(request, MANAGE_LINKS)
    selectors.get_stream(viewer, pk=pk)
    if deed == "ask-clear":
        form = ClearForm(request.POST)
        if form.is_valid():
            given = form.cleaned_data
            tell(
                request,
                lambda: services.ask_clear(viewer, stream_id=pk, **given),
                done=_("已提交，等待另一人批准"),
            )
        else:
            messages.error(request, _("请填写用途和 1 至 365 天的期限"))
    else:
        deeds = {
            "approve-clear": (services.approve_clear, _("已批准")),
            "end-clear": (services.end_clear, _("已恢复脱敏")),
            "resend": (services.resend_stream, _("将重新汇集全部数据")),
        }
        do_named(request, deed, deeds, stream_id=pk)
    return redirect("districts:stream-edit", pk=pk)


@login_required
@require_GET
def received(request: HttpRequest) -> HttpResponse:
    """What the cities gave back."""
    viewer = keeper_of(request, MANAGE_LINKS)
    form = BackFilterForm(request.GET)
    rows = selectors.list_received(viewer, kind=form.wanted())
    context = paged(request, rows) | {"form": form, "tabs": tabs(viewer, "received")}
    return render(request, "districts/received.html", context)


def _save(viewer: User, form: LinkForm, pk: int | None) -> Link:
    if pk is not None:
        return services.edit_link(viewer, link_id=pk, spec=form.spec())
    given = form.cleaned_data
    return services.create_link(
        viewer, tenant=given["tenant"], code=given["code"], spec=form.spec()
    )


def _pause(viewer: User, *, link_id: int) -> Link:
    return services.pause_link(viewer, link_id=link_id, is_paused=True)


def _resume(viewer: User, *, link_id: int) -> Link:
    return services.pause_link(viewer, link_id=link_id, is_paused=False)
