"""What became of each event for each listener, and trying again (RU-03, MT-07)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common.errors import DomainError
from apps.common.paging import page_of
from apps.matters import permissions, selectors, services
from apps.matters.enums import DeliveryState
from apps.matters.models import Listener
from apps.matters.views.requests import viewer_of

_MOST_LISTED = 500  # listeners to choose from


@login_required
@require_GET
def delivery_list(request: HttpRequest) -> HttpResponse:
    """Newest first, by state and listener; each says why it happened or why it did not."""
    viewer = viewer_of(request)
    permissions.require_view_listeners(viewer)
    state = request.GET.get("state", "")
    listeners = selectors.list_listeners(viewer)
    listener = _chosen(request)
    found = selectors.list_deliveries(viewer, state=state, listener=listener)
    page = page_of(found, request.GET)
    context = {
        "page": page,
        "rows": [(d, permissions.can_watch_delivery(viewer, d)) for d in page.items],
        "seen": selectors.seen_cases(viewer, page.items),
        "state": state,
        "states": DeliveryState.choices,
        "listener": listener,
        "listeners": listeners.values_list("pk", "name")[:_MOST_LISTED],
        "is_narrowed": bool(state or listener),
        "previous_url": _page_url(request, page.number - 1) if page.has_previous else "",
        "next_url": _page_url(request, page.number + 1) if page.has_next else "",
        "query": request.GET.urlencode(),
    }
    return render(request, "matters/listeners/delivery_list.html", context)


@login_required
@require_POST
def delivery_replay(request: HttpRequest) -> HttpResponse:
    """Has the chosen deliveries tried again; each is answered for itself."""
    keys = [int(k) for k in request.POST.getlist("deliveries") if k.isdecimal() and len(k) < 19]
    try:
        outcomes = services.replay_deliveries(viewer_of(request), delivery_ids=keys)
    except DomainError as error:
        messages.error(request, str(error))
        return _back(request)
    failed = [outcome for outcome in outcomes if outcome.error]
    if done := len(outcomes) - len(failed):
        messages.success(request, _("已安排重放%s次投递") % done)
    for words in dict.fromkeys(outcome.error for outcome in failed):
        messages.error(request, words)
    if not outcomes:
        messages.error(request, _("没有可以重放的投递"))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page the replay was ordered from; its query is read anew, never copied."""
    kept = QueryDict(request.POST.get("query", "")[:500]).urlencode()
    return redirect(f"{reverse('matters:delivery-list')}{f'?{kept}' if kept else ''}")


def _chosen(request: HttpRequest) -> Listener | None:
    """The listener asked for; one out of reach is 404, rubbish is none."""
    text = request.GET.get("listener", "")
    if not text.isdecimal() or len(text) > 18:
        return None
    return selectors.get_listener(viewer_of(request), listener_id=int(text))


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
