"""The report of a fault: from the home page, a list, an asset's page or a QR code."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.assets.enums import AssetState
from apps.assets.models import Asset
from apps.assets.selectors import list_assets
from apps.common.pages import take
from apps.ops import permissions, selectors, services
from apps.ops.enums import OrderSource
from apps.ops.forms import ReportForm
from apps.ops.views._common import take_pictures

FOUND_MOST = 30


@login_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Reports a fault. ?asset=CODE: of this thing; ?q=: search the register; ?source=: from where;
    ?about=, ?text=: name of a thing in no register and what is wrong, where another page knows.

    What a QR code of a thing says may be the whole address; its last number is taken then.
    """
    viewer = actor_of(request)
    permissions.require_report(viewer)
    chosen = _asset(viewer, request.GET.get("asset", ""))
    text = request.GET.get("q", "").strip()[:60]
    found = list(_search(viewer, text)[: FOUND_MOST + 1]) if text and chosen is None else []
    assets = list_assets(viewer).exclude(state=AssetState.REMOVED)
    if request.method == "POST":
        form = ReportForm(request.POST, request.FILES, assets=assets)
        chosen = _asset_by_id(viewer, request.POST.get("asset_id", ""))
    else:
        source = request.GET.get("source", "")
        form = ReportForm(
            initial={
                "asset_id": chosen.pk if chosen else None,
                "source": source if source in OrderSource.values else OrderSource.HOME,
                "fault_kind": request.GET.get("kind", "")[:40],
                "about": request.GET.get("about", "")[:120],
                "text": request.GET.get("text", "")[:1000],
                "key": uuid.uuid4().hex,
            },
            assets=assets,
        )
    if request.method == "POST" and form.is_valid():
        pictures = take_pictures(form, "photos", form.cleaned_data["photos"])
        if form.is_valid():
            order = take(
                form,
                lambda: services.report_fault(
                    viewer, key=form.cleaned_data["key"], report=form.report(pictures)
                ),
            )
            if order is not None:
                messages.success(request, _("已上报，工单号%s") % order.case.number)
                return redirect("ops:order-detail", order.pk)
    context = {
        "form": form,
        "chosen": chosen,
        "open_orders": list(selectors.open_orders_of(chosen)) if chosen else [],
        "text": text,
        "found": found[:FOUND_MOST],
        "is_cut": len(found) > FOUND_MOST,
    }
    is_wrong = request.method == "POST"
    return render(request, "ops/report.html", context, status=422 if is_wrong else 200)


def _search(viewer: User, text: str) -> "list[Asset]":
    found = list_assets(viewer, text=text).exclude(state=AssetState.REMOVED)
    return list(found[: FOUND_MOST + 1])


def _asset(viewer: User, code: str) -> Asset | None:
    """A thing by its code, or by the address its label carries; None where there is none."""
    code = code.strip()
    if "/" in code:
        return _asset_by_id(viewer, code.rstrip("/").rsplit("/", 1)[-1])
    return list_assets(viewer).filter(code=code).first() if code and len(code) <= 16 else None


def _asset_by_id(viewer: User, text: str) -> Asset | None:
    is_number = text.isascii() and text.isdecimal() and len(text) < 16
    return list_assets(viewer).filter(pk=int(text)).first() if is_number else None
