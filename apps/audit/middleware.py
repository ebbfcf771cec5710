"""Numbers each request and remembers where it came from."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.audit import context


class AuditContextMiddleware:
    """Will make address and request number known to ``audit.services.record``.

    The number is also answered as ``X-Request-Id`` so that a user can quote it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        ip = request.META.get("REMOTE_ADDR") or None
        token = context.enter(context.RequestContext(ip=ip, request_id=request_id))
        try:
            response = self.get_response(request)
        finally:
            context.leave(token)
        response["X-Request-Id"] = request_id
        return response
