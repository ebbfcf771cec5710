"""The cards of layers, for those who keep them; freshness for every page with a map."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.common.pages import take
from apps.onemap.permissions import require_manage
from apps.onemap.registry import find_layer
from apps.onemap.selectors import card_of, list_layers
from apps.onemap.sharing import selectors, services
from apps.onemap.sharing.forms import CardForm
from apps.onemap.sharing.freshness import freshness_of
from apps.onemap.sharing.services import CardData


@login_required
@require_GET
def card_list(request: HttpRequest) -> HttpResponse:
    """Every layer with its owner, cycle and age."""
    require_manage(cast(User, request.user))
    rows = selectors.list_cards()
    if request.GET.get("late"):
        rows = [row for row in rows if row.fresh.is_late]
    context = {"rows": rows, "late": sum(row.fresh.is_late for row in rows)}
    return render(request, "onemap/sharing/card_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def card_edit(request: HttpRequest, code: str) -> HttpResponse:
    """The card of one layer."""
    viewer = cast(User, request.user)
    require_manage(viewer)
    layer = find_layer(code)
    if layer is None:
        raise NotFound("")
    form = CardForm(request.POST or None, instance=card_of(code), viewer=viewer)
    if form.is_valid():
        take(
            form, lambda: services.edit_card(viewer, code=code, data=CardData(**form.cleaned_data))
        )
        if not form.errors:
            return redirect("sharing:card-list")
    status = 422 if form.is_bound else 200
    context = {"form": form, "layer": layer}
    return render(request, "onemap/sharing/card_edit.html", context, status=status)


@require_GET
def freshness(request: HttpRequest) -> JsonResponse:
    """Of every layer the viewer reads: the day of the data, the promise, whether it is late."""
    found = {}
    for opened in list_layers(request.user):
        fresh = freshness_of(opened.layer, opened.card)
        found[opened.code] = {
            "updated_on": fresh.updated_on,
            "days": fresh.days,
            "promised": fresh.promised,
            "is_late": fresh.is_late,
            "approval_number": opened.card.approval_number,
        }
    return JsonResponse({"layers": found})
