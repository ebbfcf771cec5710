"""What every request passes: which doors are open here, safe headers, refusals as pages."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from apps.common import standby
from apps.common.errors import DomainError
from apps.common.views import read_only

Answer = Callable[[HttpRequest], HttpResponse]

_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_PERMISSIONS_POLICY = ", ".join(
    [
        "camera=(self)",
        "microphone=(self)",
        "geolocation=(self)",
        "autoplay=(self)",
        "fullscreen=(self)",
        "accelerometer=()",
        "display-capture=()",
        "gyroscope=()",
        "magnetometer=()",
        "payment=()",
        "usb=()",
    ]
)


class ZoneMiddleware:
    """Will answer only the paths open in this network zone.

    ``settings.ZONE_PATHS``: prefixes, for example ``/citizen/`` and ``/static/`` on the server
    the internet reaches; empty: everything. Other paths do not exist there (404).
    Source: PF-05.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> None:
        open_here = tuple(settings.ZONE_PATHS)
        if open_here and not request.path.startswith((*open_here, "/healthz", "/readyz")):
            raise Http404


class SafeHeadersMiddleware:
    """Will add what Django's own security middleware leaves out.

    Pages of a signed-in person are not kept by the browser, so that the back button after
    signing out shows nothing.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        session = getattr(request, "session", None)
        if session is not None and session.session_key and not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class ReadOnlyMiddleware:
    """Will answer 503 to what would write while the database takes no writes; pages go on.

    Stands before the sessions' reader: nobody can sign in then, who is signed in reads on. A
    page that writes something of its own accord (an audited look) is refused the same way.
    Source: PF-08.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in _SAFE and standby.is_read_only(connect=True):
            return read_only(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return read_only(request) if standby.was_refused(exception) else None


class DomainErrorMiddleware:
    """Will answer a ``DomainError`` raised by a view with ``errors/refused.html``.

    REST views never get here: their own handler answers first. Part of a page (htmx) gets the
    message alone.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        template = "404.html" if exception.status == 404 else "errors/refused.html"
        if getattr(request, "htmx", False):
            template = "errors/_refused.html"
        context = {"error": exception, "back_url": _page_before(request)}
        response = render(request, template, context, status=exception.status)
        if retry_after := exception.data.get("retry_after"):
            response["Retry-After"] = str(retry_after)
        return response


def _page_before(request: HttpRequest) -> str:
    """Gives the page of ours the person came from, or the start page."""
    before = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(
        before, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return before if ours else "/"
