"""Districts that pass on: what came, how fresh it is, what was refused."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.audit import services as audit
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, status_of, take
from apps.districts import selectors, services
from apps.districts.forms import KindFilterForm, PeerForm
from apps.districts.permissions import MANAGE_PEERS
from apps.districts.views._common import keeper_of, tabs

DAYS_SHOWN = 28  # a week of four classes
_COLUMNS = [
    Column(gettext_lazy("日期"), lambda row: row.day),
    Column(gettext_lazy("类别"), lambda row: row.get_kind_display()),
    Column(gettext_lazy("已接收"), lambda row: row.accepted),
    Column(gettext_lazy("无变化"), lambda row: row.unchanged),
    Column(gettext_lazy("已拒收"), lambda row: row.refused),
]


@login_required
@require_GET
def peer_list(request: HttpRequest) -> HttpResponse:
    """Every district with when it was heard last."""
    viewer = keeper_of(request, MANAGE_PEERS)
    context = paged(request, selectors.list_peers(viewer))
    context["rows"] = [(peer, selectors.is_silent(peer)) for peer in context["rows"]]
    context["tabs"] = tabs(viewer, "peer-list")
    return render(request, "districts/peer_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def peer_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One district to write; a new one without a number in the address."""
    viewer = keeper_of(request, MANAGE_PEERS)
    peer = selectors.get_peer(viewer, pk=pk) if pk is not None else None
    form = PeerForm(request.POST or None, viewer=viewer, peer=peer)
    if request.method == "POST" and form.is_valid():
        tenant = form.cleaned_data["tenant"]
        saved = take(
            form,
            lambda: services.save_peer(viewer, tenant=tenant, spec=form.spec(), peer_id=pk),
        )
        if saved is not None:
            messages.success(request, _("已保存"))
            return redirect("districts:peer-detail", pk=saved.pk)
    context = {"form": form, "peer": peer}
    return render(request, "districts/peer_edit.html", context, status=status_of(form))


@login_required
@require_GET
def peer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One district: what is kept of it, what came day by day, what was refused."""
    viewer = keeper_of(request, MANAGE_PEERS)
    peer = selectors.get_peer(viewer, pk=pk)
    form = KindFilterForm(request.GET)
    context = paged(request, selectors.list_row_refusals(peer, kind=form.wanted())) | {
        "peer": peer,
        "is_silent": selectors.is_silent(peer),
        "mirrored": selectors.count_mirrored(peer),
        "days": selectors.list_day_counts(peer)[:DAYS_SHOWN],
        "form": form,
    }
    return render(request, "districts/peer_detail.html", context)


@login_required
@require_GET
def peer_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What came day by day, as a sheet; recorded."""
    viewer = keeper_of(request, MANAGE_PEERS)
    peer = selectors.get_peer(viewer, pk=pk)
    audit.record(
        viewer,
        "districts.days_exported",
        object_type="districts.peer",
        object_id=peer.pk,
        object_label=peer.name,
    )
    rows = selectors.list_day_counts(peer).iterator()
    return xlsx_response(_("区级汇入统计"), _COLUMNS, rows)
