"""What was sent, what waits, what was given up; and sending it again."""

import json
import uuid
from datetime import datetime, time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.paging import page_of
from apps.gateway import selectors, services
from apps.gateway.forms import DeliveryFilter
from apps.gateway.views.access import manager_required

MOST_REPLAYED = 200


@manager_required
@require_GET
def delivery_list(request: HttpRequest) -> HttpResponse:
    """Newest first, by connector, state, topic and day."""
    actor = actor_of(request)
    form = DeliveryFilter(request.GET, connectors=selectors.list_connectors(actor))
    form.is_valid()
    d = form.cleaned_data
    since = d.get("since")
    found = selectors.list_deliveries(
        actor,
        connector=d.get("connector"),
        state=d.get("state") or "",
        topic=d.get("topic") or "",
        since=timezone.make_aware(datetime.combine(since, time.min)) if since else None,
    )
    page = page_of(found, request.GET)
    context = {
        "form": form,
        "page": page,
        "previous_url": _page_url(request, page.number - 1) if page.has_previous else "",
        "next_url": _page_url(request, page.number + 1) if page.has_next else "",
    }
    return render(request, "gateway/delivery_list.html", context)


@manager_required
@require_GET
def delivery_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One delivery with what was signed and sent."""
    delivery = selectors.get_delivery(actor_of(request), public_id)
    context = {
        "delivery": delivery,
        "body": _spread(delivery.body),
        "sent_body": _spread(delivery.sent_body) if delivery.sent_body else "",
    }
    return render(request, "gateway/delivery_detail.html", context)


@manager_required
@require_POST
def delivery_replay(request: HttpRequest) -> HttpResponse:
    """Puts the chosen deliveries in line again."""
    chosen = [int(v) for v in request.POST.getlist("delivery") if v.isascii() and v.isdigit()]
    count = services.replay(actor_of(request), delivery_ids=chosen[:MOST_REPLAYED])
    if count:
        messages.success(request, _("已重新排队 %d 条") % count)
    else:
        messages.warning(request, _("没有可重发的投递：只有已送达和已放弃的可以重发"))
    return redirect("connectors:delivery-list")


def _spread(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False, indent=2)


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
