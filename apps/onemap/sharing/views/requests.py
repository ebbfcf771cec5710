"""Asking for layers and deciding on it."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.common import clock
from apps.common.pages import paged, take, tell
from apps.onemap.sharing import permissions, selectors, services
from apps.onemap.sharing.forms import NoteForm, RequestForm


@login_required
@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """The requests of the person's units, and those to decide on."""
    viewer = cast(User, request.user)
    context = paged(request, selectors.list_requests(viewer))
    context["may_ask"] = bool(permissions.units_of(viewer))
    return render(request, "onemap/sharing/request_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def request_new(request: HttpRequest) -> HttpResponse:
    """Asks for a layer."""
    viewer = cast(User, request.user)
    rows = selectors.list_requestable(viewer)
    form = RequestForm(
        request.POST or None,
        viewer=viewer,
        rows=rows,
        initial={"code": request.GET.get("layer", "")},
    )
    if form.is_valid():
        filed = take(form, lambda: services.ask_for_layer(viewer, **form.cleaned_data))
        if filed is not None:
            return redirect("sharing:request-detail", pk=filed.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "rows": rows}
    return render(request, "onemap/sharing/request_new.html", context, status=status)


@login_required
@require_GET
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: who asks for what until when, what was decided, how often it was used."""
    viewer = cast(User, request.user)
    found = selectors.get_request(viewer, pk)
    grant = found.grant
    is_open = grant is not None and grant.ended_at is None and grant.until >= clock.today()
    owner = permissions.may_decide(viewer, found.tenant_id, found.owner_unit)
    context = {
        "asked": found,
        "is_open": is_open,
        "uses": selectors.uses_of(found),
        "may_decide": found.state == "waiting" and permissions.can_decide(viewer, found),
        "may_withdraw": found.state == "waiting" and str(viewer.pk) == found.asked_by_id,
        "may_end": is_open and owner,
        "agree_form": NoteForm(auto_id="agree_%s"),
        "refuse_form": NoteForm(auto_id="refuse_%s"),
        "end_form": NoteForm(auto_id="end_%s"),
    }
    return render(request, "onemap/sharing/request_detail.html", context)


@login_required
@require_POST
def request_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Agrees, refuses, withdraws or takes back."""
    viewer = cast(User, request.user)
    selectors.get_request(viewer, pk)
    note = request.POST.get("note", "")
    match deed:
        case "agree" | "refuse":
            agreed = deed == "agree"
            tell(
                request,
                lambda: services.decide_request(viewer, request_id=pk, is_agreed=agreed, note=note),
                done=_("已同意，申请单位可按期读取") if deed == "agree" else _("已退回申请"),
            )
        case "withdraw":
            tell(
                request,
                lambda: services.withdraw_request(viewer, request_id=pk),
                done=_("已撤回申请"),
            )
        case "end":
            tell(
                request,
                lambda: services.end_grant(viewer, request_id=pk, note=note),
                done=_("已收回图层"),
            )
        case _other:
            raise Http404
    return redirect("sharing:request-detail", pk=pk)
