"""A page that names the accounts and the simulators; only where the demo is switched on."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.demo.selectors import find_load, list_accounts
from apps.demo.stages.people import DEMO_PASSWORD


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
