"""The city's one map, what a person leaves on it, and views passed on."""

from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.common import clock, ratelimit
from apps.common.pages import paged, tell
from apps.onemap import selectors, services
from apps.onemap.forms import read_body
from apps.onemap.sharing.selectors import outside_group
from apps.onemap.views.answers import data_view, viewer_of

SHARES_AN_HOUR = 60
_FIRST_LAYERS = ("area-district", "cases", "tasks")
_SCALES = (500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000)
_NOWHERE = (73.0, 18.0, 135.0, 54.0)


@login_required
@require_GET
def map_page(request: HttpRequest) -> HttpResponse:
    """The map as this person last left it."""
    viewer = viewer_of(request)
    state = selectors.chosen_by(viewer) or {"layers": _first_layers(viewer)}
    return _page(request, viewer, state)


@login_required
@require_GET
def shared_map(request: HttpRequest, key: str) -> HttpResponse:
    """A view somebody passed on; the layers are those the reader has a right to."""
    found = selectors.shared_map(key)
    viewer = viewer_of(request)
    return _page(request, viewer, found.state, shared=found)


@require_POST
@data_view
def keep_choice(request: HttpRequest) -> HttpResponse:
    """Remembers which layers are on."""
    services.keep_choice(viewer_of(request), read_body(request))
    return HttpResponse(status=204)


@require_POST
@data_view
def share(request: HttpRequest) -> HttpResponse:
    """Keeps the view and gives its short address; ``{title, state}``."""
    viewer = viewer_of(request)
    ratelimit.hit("map.share", str(viewer.pk), limit=SHARES_AN_HOUR, per_seconds=3600)
    body = read_body(request)
    kept = services.share_map(viewer, title=str(body.get("title", "")), state=body.get("state"))
    address = reverse("onemap:shared", args=[kept.key])
    return JsonResponse({"url": request.build_absolute_uri(address), "title": kept.title})


@login_required
@require_GET
def share_list(request: HttpRequest) -> HttpResponse:
    """The views this person has passed on."""
    viewer = viewer_of(request)
    context = paged(request, selectors.shares_of(viewer))
    labels = {o.code: str(o.layer.label) for o in selectors.list_layers(viewer)}
    if outside := outside_group(viewer):
        labels |= {layer["code"]: layer["label"] for layer in outside["layers"]}
    context["shares"] = [
        {
            "view": kept,
            "labels": [labels.get(x["code"], x["code"]) for x in kept.state["layers"]],
            "dialog": f"delete-{kept.pk}",
        }
        for kept in context["rows"]
    ]
    return render(request, "onemap/share_list.html", context)


@login_required
@require_POST
def share_delete(request: HttpRequest, key: str) -> HttpResponse:
    """Deletes a link of one's own."""
    deed = partial(services.forget_shared, viewer_of(request), key=key)
    tell(request, deed, done=_("已删除，原链接不能再打开"))
    return redirect("onemap:share-list")


def _page(
    request: HttpRequest, viewer: User, state: dict[str, Any], *, shared: Any = None
) -> HttpResponse:
    box = selectors.city_box()
    tree = selectors.layer_tree(viewer)
    if outside := outside_group(viewer):
        tree.append(outside)
    known = {layer["code"] for group in tree for layer in group["layers"]}
    left_out = [x for x in state["layers"] if x["code"] not in known] if shared else []
    on = {layer["code"] for layer in state["layers"]}
    for group in tree:
        group["is_open"] = any(layer["code"] in on for layer in group["layers"])
    config = {
        "groups": tree,
        "state": state,
        "box": box or _NOWHERE,
        "today": clock.today().isoformat(),
        "approval": selectors.approval_number(),
        "synthetic": selectors.is_synthetic(),
    }
    context = {
        "config": config,
        "groups": tree,
        "areas": selectors.areas_to_choose(),
        "approval": config["approval"],
        "synthetic": config["synthetic"],
        "shared": shared,
        "left_out": len(left_out),
        "is_empty": box is None,
        "scales": _SCALES,
        "today": config["today"],
        "heading": shared.title if shared else _("一张图"),
    }
    return render(request, "onemap/map.html", context)


def _first_layers(viewer: User) -> list[dict[str, Any]]:
    return [
        {"code": opened.code, "opacity": 1, "heat": False}
        for opened in selectors.list_layers(viewer)
        if opened.code in _FIRST_LAYERS
    ]
