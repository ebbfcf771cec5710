"""What every call of the API passes: how the caller stands is told, the call is recorded."""

import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.audit import context
from apps.common import clock
from apps.gateway import trial
from apps.gateway.callers import client_of

API = ("/api/v1/", "/ogc/", "/sta/", "/open311/")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")


class CallMiddleware:
    """Will answer the quota headers and keep the call of a client, refused ones always.

    Stands inside ``AuditContextMiddleware``, which numbers the request. What people do in
    their browser is not a call of another system; it is kept only when it was refused for
    want of a name. A caller's ``traceparent`` (W3C Trace Context) is kept beside our number
    and answered, never instead of it: a number anybody may choose proves nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return self.get_response(request)
        at, begun = clock.now(), time.perf_counter()
        response = None
        try:
            response = self.get_response(request)
        finally:
            trial.end(request, response)
        standing = getattr(request, "gateway_standing", None)
        if standing is not None:
            for name, value in standing.headers.items():
                response[name] = value
        masker = getattr(request, "gateway_masker", None)
        if masker is not None and masker.covered:
            response["Masked-Fields"] = ", ".join(sorted(masker.covered))
        self._keep(request, response, at.isoformat(), time.perf_counter() - begun)
        return response

    def _keep(self, request: HttpRequest, response: HttpResponse, at: str, seconds: float) -> None:
        from apps.gateway import services

        found = client_of(request)
        client = found.pk if found is not None else None
        key = getattr(request, "gateway_key", "")
        if client is None and not (key or response.status_code == 401):
            return
        here = context.current()
        masker = getattr(request, "gateway_masker", None)
        if found is not None and masker is not None and masker.shown:
            fields = ",".join(sorted(masker.shown))
            services.note_personal(found, path=request.path, fields=fields)
        problem = getattr(response, "data", None) if response.status_code >= 400 else None
        services.note_call(
            {
                "at": at,
                "request_id": here.request_id,
                "trace_id": _trace_of(request.headers.get("traceparent", "")),
                "client_id": client,
                "key": key[:20],
                "method": (request.method or "")[:8],
                "path": request.path[:300],
                "status": response.status_code,
                "code": str(problem.get("code", ""))[:60] if isinstance(problem, dict) else "",
                "duration_ms": round(seconds * 1000),
                "ip": here.ip,
                "shown": ",".join(sorted(masker.shown)) if masker else "",
                "covered": ",".join(sorted(masker.covered)) if masker else "",
            }
        )


def _trace_of(header: str) -> str:
    found = _TRACEPARENT.fullmatch(header[:200])
    return found[1] if found and found[1].strip("0") else ""
