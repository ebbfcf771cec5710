"""Servers cases are passed on to, and how that goes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.common.pages import paged, take, tell
from apps.georeport import selectors, services
from apps.georeport.forms import ForwardingFilterForm, PeerForm
from apps.georeport.models import Peer
from apps.georeport.views._common import manager_of


@login_required
@require_GET
def peer_list(request: HttpRequest) -> HttpResponse:
    """Every server with how it does."""
    viewer = manager_of(request)
    return render(request, "georeport/peer_list.html", {"rows": selectors.list_peers(viewer)})


@login_required
@require_http_methods(["GET", "POST"])
def peer_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One server to write; a new one without a number in the address."""
    viewer = manager_of(request)
    peer = selectors.get_peer(viewer, pk=pk) if pk is not None else None
    form = PeerForm(request.POST or None, viewer=viewer, peer=peer)
    if request.method == "POST":
        if request.POST.get("api_key"):
            require(request, "secret.issue")
        if form.is_valid():
            saved = take(form, lambda: _save(viewer, form, pk))
            if saved is not None:
                messages.success(request, _("已保存"))
                return redirect("georeport:peer-detail", pk=saved.pk)
    context = {"form": form, "peer": peer}
    status = 422 if form.errors else 200
    return render(request, "georeport/peer_edit.html", context, status=status)


@login_required
@require_GET
def peer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One server: what was passed on to it and what became of that."""
    viewer = manager_of(request)
    peer = selectors.get_peer(viewer, pk=pk)
    form = ForwardingFilterForm(request.GET)
    context = paged(request, selectors.list_forwardings(peer, state=form.wanted())) | {
        "peer": peer,
        "form": form,
    }
    return render(request, "georeport/peer_detail.html", context)


@login_required
@require_POST
def peer_pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    """One case, by its receipt number."""
    viewer = manager_of(request)
    selectors.get_peer(viewer, pk=pk)
    number = request.POST.get("number", "").strip()[:20] or "-"
    tell(
        request,
        lambda: services.pass_on(viewer, peer_id=pk, number=number),
        done=_("已列入转送"),
    )
    return redirect("georeport:peer-detail", pk=pk)


def _save(viewer: User, form: PeerForm, pk: int | None) -> Peer:
    if pk is not None:
        return services.edit_peer(viewer, peer_id=pk, spec=form.spec())
    given = form.cleaned_data
    return services.create_peer(
        viewer, tenant=given["tenant"], code=given["code"], spec=form.spec()
    )
