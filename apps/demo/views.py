"""Pages that name the accounts and play the outside; only where the demo is switched on."""

import json
from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.factors import challenges, simulator
from apps.common import clock
from apps.demo import directory, neighbour
from apps.demo.models import RECEIVER, Receipt
from apps.demo.receiving import MOST_BYTES, take_message, told_of
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


@never_cache
@require_http_methods(["GET", "POST"])
def card(request: HttpRequest) -> HttpResponse:
    """Will sign what this browser was asked to sign, as the program beside a real card does.

    Open to everybody, because it is used before signing in. Raises: Http404 (not a demo).
    """
    if not settings.DEMO:
        raise Http404
    cards, challenge = simulator.list_cards(), challenges.find(request)
    target = request.POST.get("target") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("accounts:certificate-sign-in")
    chosen = request.POST.get("card", "")
    signed = bool(challenge) and chosen in cards
    context = {
        "cards": cards,
        "challenge": challenge,
        "target": target,
        "chosen": chosen,
        "proof": simulator.sign(chosen, challenge.encode()) if signed else None,
    }
    return render(request, "demo/card.html", context)


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

    With ``date`` it tells, as JSON, which messages it took that day. Answers 401 to what is not
    signed with the connector's secret. Raises: Http404 (not a demo).
    """
    if not settings.DEMO:
        raise Http404
    if "date" in request.GET:
        return _tell_day(request)
    if request.method == "POST":
        sent = {name.lower(): value for name, value in request.headers.items()}
        is_taken = take_message(sent, request.body, now=clock.now())
        return JsonResponse({"received": is_taken}, status=200 if is_taken else 401)
    rows = [
        {"receipt": each, "text": json.dumps(json.loads(each.body), ensure_ascii=False, indent=1)}
        for each in Receipt.objects.all()[:LISTED]
    ]
    return render(request, "demo/receiver.html", {"rows": rows, "code": RECEIVER})


def _tell_day(request: HttpRequest) -> HttpResponse:
    try:
        day = date.fromisoformat(request.GET["date"])
    except ValueError:
        return JsonResponse({"error": "date"}, status=400)
    told = told_of(request.headers, day, now=clock.now())
    return JsonResponse(told or {"error": "signature"}, status=401 if told is None else 200)


@csrf_exempt  # a machine proves itself by its token; there is no session to ride on
@require_http_methods(["GET", "POST", "PUT"])
def directory_people(request: HttpRequest, account_id: int | None = None) -> HttpResponse:
    """Will take people by SCIM as the simulated system of documents does.

    Answers 401 without the token, 404 and 409 as the standard has them. Raises: Http404 (not a
    demo).
    """
    if not settings.DEMO:
        raise Http404
    if not directory.is_known(request.headers.get("Authorization", "")):
        return JsonResponse({"detail": "unknown caller"}, status=401)
    if request.method == "GET":
        found = directory.find(request.GET.get("filter", ""))
        return JsonResponse({"totalResults": len(found), "Resources": found})
    if (request.method == "POST") != (account_id is None):
        return JsonResponse({"detail": "wrong method"}, status=405)
    try:
        body = dict(json.loads(request.body[:MOST_BYTES]))
    except (ValueError, TypeError):
        return JsonResponse({"detail": "not an object"}, status=400)
    kept = directory.take(body, account_id=account_id, now=clock.now())
    if kept is None:
        return JsonResponse({"detail": "refused"}, status=409 if account_id is None else 404)
    return JsonResponse(kept, status=201 if account_id is None else 200)


@csrf_exempt  # a machine proves itself by its key; there is no session to ride on
@require_http_methods(["GET", "POST"])
def neighbour_server(request: HttpRequest, document: str) -> HttpResponse:
    """Will take requests and tell updates as a neighbouring city's GeoReport server does.

    Answers 403 without the key, 404 for documents it does not have. Raises: Http404 (not a demo).
    """
    if not settings.DEMO:
        raise Http404
    form = request.POST if request.method == "POST" else request.GET
    if not neighbour.is_known(form.get("api_key", "")):
        return HttpResponse(neighbour.refusal(), content_type="text/xml", status=403)
    content = None
    if (request.method, document) == ("POST", "requests.xml"):
        content = neighbour.take(form.dict(), now=clock.now())
    elif (request.method, document) == ("GET", "servicerequestupdates.xml"):
        content = neighbour.updates(now=clock.now())
    elif (request.method, document) == ("GET", "services.xml"):
        content = neighbour.services()
    if content is None:
        return HttpResponse(neighbour.refusal(), content_type="text/xml", status=404)
    return HttpResponse(content, content_type="text/xml; charset=utf-8")
