"""Pages that name the accounts and play the outside; only where the demo is switched on."""

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.common import clock
from apps.demo.models import RECEIVER, Receipt
from apps.demo.receiving import take_message
from apps.demo.selectors import find_load, list_accounts
from apps.demo.stages.people import DEMO_PASSWORD
from apps.demo.tiles import draw_tile

LISTED = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Will list accounts by role and where the simulated outside is.

    Open to everybody, because it is read before signing in. Raises: Http404 (not a demo).
    """
    load = find_load()
    if not settings.DEMO:
        raise Http404
    context = {"load": load, "accounts": list_accounts(), "password": DEMO_PASSWORD}
    return render(request, "demo/index.html", context)


@require_safe
def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Will answer as a tile service outside would. Raises: Http404 (not a demo)."""
    if not settings.DEMO or z > 22:
        raise Http404
    return HttpResponse(draw_tile(z, x, y), content_type="image/png")


@csrf_exempt  # a machine signs each message; there is no session to ride on
@require_http_methods(["GET", "HEAD", "POST"])
def receiver(request: HttpRequest) -> HttpResponse:
    """Will take a signed message as an outside system does, or show the newest ones taken.

    Answers 401 to a message that is not signed with the connector's secret. Raises: Http404
    (not a demo).
    """
    if not settings.DEMO:
        raise Http404
    if request.method == "POST":
        sent = {name.lower(): value for name, value in request.headers.items()}
        is_taken = take_message(sent, request.body, now=clock.now())
        return JsonResponse({"received": is_taken}, status=200 if is_taken else 401)
    rows = [
        {"receipt": each, "text": json.dumps(json.loads(each.body), ensure_ascii=False, indent=1)}
        for each in Receipt.objects.all()[:LISTED]
    ]
    return render(request, "demo/receiver.html", {"rows": rows, "code": RECEIVER})
