"""How the platform is: a page for administrators, and the same figures for a scraper."""

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from apps.alarms.selectors import list_watched
from apps.upkeep import selectors
from apps.upkeep.selectors.figures import Figure
from apps.upkeep.views._common import reader_of, tabs

TEXT = "text/plain; version=0.0.4; charset=utf-8"


@login_required
@require_GET
def status(request: HttpRequest) -> HttpResponse:
    """The figures of this moment, and what the watchers saw last."""
    viewer = reader_of(request)
    watched = [one for one in list_watched(viewer) if one.watcher.source == "platform"]
    context = {
        "figures": selectors.all_figures(),
        "watched": watched,
        "tabs": tabs(viewer, "status"),
    }
    return render(request, "upkeep/status.html", context)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in the text format of Prometheus, for whoever sends the token.

    Raises: Http404 (no token is set, or another was sent: there is no such address then).
    """
    if not settings.METRICS_TOKEN or not _is_token(request.headers.get("Authorization", "")):
        raise Http404
    return HttpResponse(exposition(selectors.all_figures()), content_type=TEXT)


def exposition(figures: Iterable[Figure]) -> str:
    """Will write figures in the text format of Prometheus, version 0.0.4."""
    lines: list[str] = []
    named: set[str] = set()
    for figure in figures:
        name = f"citybrain_{figure.name}"
        if name not in named:
            named.add(name)
            lines += [f"# HELP {name} {figure.label}", f"# TYPE {name} gauge"]
        labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in figure.labels.items())
        lines.append(f"{name}{{{labels}}} {float(figure.value)}" if labels else
                     f"{name} {float(figure.value)}")  # fmt: skip
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _is_token(header: str) -> bool:
    given = hashlib.sha256(header.removeprefix("Bearer ").encode()).digest()
    wanted = hashlib.sha256(settings.METRICS_TOKEN.encode()).digest()
    return header.startswith("Bearer ") and hmac.compare_digest(given, wanted)
