"""The phone's program: screens, service worker, manifest, icon.

They hold nothing of anybody: who works here and what they see comes by the API and is kept on
the phone, so that the same pages open without a network. Therefore they need no sign-in.
"""

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.phone import build
from apps.phone.icon import icon_png
from apps.phone.slots import SLOTS
from apps.phone.words import words


@require_safe
def shell(request: HttpRequest, name: str) -> HttpResponse:
    """One screen; its own template, the scripts it needs."""
    context = {
        "name": name,
        "slots": SLOTS,
        "words": words(),
        "build": build.digest(),
        "styles": [static(path) for path in build.STYLES],
        "scripts": [static(path) for path in build.scripts_of(name)],
        "config": {
            "screen": name,
            "build": build.digest(),
            "sprite": static("vendor/icons/sprite.svg"),
            "home": reverse("phone:today"),
            "signIn": reverse("account_login"),
            "wsPort": settings.WS_PORT,
        },
    }
    return render(request, f"phone/{name}.html", context)


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that answers without a network; its text changes with every build."""
    context = {
        "build": build.digest(),
        "addresses": json.dumps(build.addresses()),
        "core": json.dumps([static(f"phone/js/{name}.js") for name in build.CORE]),
    }
    response = render(request, "phone/sw.js", context, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = reverse("phone:today")
    return response


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What a browser needs to install the program on the start screen."""
    home = reverse("phone:today")
    found = {
        "id": home,
        "name": _("城市云脑 · 网格员"),
        "short_name": _("网格员"),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "orientation": "portrait",
        "lang": request.LANGUAGE_CODE,
        "background_color": "#f4f7f8",
        "theme_color": "#0b6b82",
        "icons": [
            {
                "src": reverse("phone:icon", args=[size]),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for size in build.ICON_SIZES
        ],
    }
    return JsonResponse(found, content_type="application/manifest+json")


@require_safe
def icon(request: HttpRequest, size: int) -> HttpResponse:
    """The icon in one of its sizes."""
    if size not in build.ICON_SIZES:
        raise Http404
    response = HttpResponse(icon_png(size), content_type="image/png")
    response["Cache-Control"] = "public, max-age=86400"
    return response
