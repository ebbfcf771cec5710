"""Pages for everybody: is this checkpoint known here, and the program that checks a package."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.audit.middleware import client_address
from apps.common import ratelimit
from apps.evidence import selectors, services
from apps.evidence.forms import DigestForm
from apps.evidence.models import SigningKey

TRIES_PER_MINUTE = 60


@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """Looks up a digest; shows nothing of the log itself."""
    asked = "digest" in request.GET
    form = DigestForm(request.GET if asked else None)
    checkpoint = None
    if asked and form.is_valid():
        address = client_address(request) or ""
        ratelimit.hit("evidence.verify", address, limit=TRIES_PER_MINUTE, per_seconds=60)
        checkpoint = selectors.find_by_digest(form.cleaned_data["digest"])
    context = {
        "form": form,
        "asked": asked and form.is_valid(),
        "checkpoint": checkpoint,
        "keys": SigningKey.objects.order_by("-pk"),
    }
    return render(request, "evidence/public_verify.html", context)


@require_GET
def program(request: HttpRequest, name: str) -> HttpResponse:
    """A program for people outside: checks a proof package, or witnesses checkpoints."""
    text = services.program_text(name)
    response = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
