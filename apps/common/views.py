"""Answers of last resort, and the two addresses load balancers ask."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.common import health, standby
from apps.common.api.errors import problem_json


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can work: 503 without the database, ``degraded`` without Redis.

    ``read_only`` where the database is a standby: good for pages, not for writing.
    """
    found = health.check()
    whole = found.database and found.redis and found.outbox
    if found.ready and standby.is_read_only():
        return JsonResponse({"status": "read_only"})
    checks = {"database": found.database, "redis": found.redis, "outbox": found.outbox}
    body = {
        "status": "ok" if whole else "degraded" if found.ready else "failed",
        "checks": {name: "ok" if good else "failed" for name, good in checks.items()},
    }
    return JsonResponse(body, status=200 if found.ready else 503)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400. A body over the limit is told as such (413)."""
    if isinstance(exception, RequestDataTooBig):
        return _answer(request, 413, "too_large", _("提交的内容超过上限"))
    return _answer(request, 400, "bad_request", _("请求无法识别"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return _answer(request, 403, "not_allowed", _("没有权限查看此页"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    return _answer(request, 404, "not_found", _("没有找到"))


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500. Touches neither the database nor the session."""
    return _answer(request, 500, "server_error", _("系统出错了"))


def read_only(request: HttpRequest) -> HttpResponse:
    """The database takes no writes now: 503, to be tried again in a minute."""
    response = _answer(request, 503, "read_only", _("系统处于只读状态，暂时不能提交，请稍后再试"))
    response["Retry-After"] = "60"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, or came from elsewhere."""
    if _is_api(request):
        return problem_json(403, "csrf_failed", _("页面已过期，请刷新后重试"))
    return render(request, "errors/csrf.html", status=403)


def _answer(request: HttpRequest, status: int, code: str, title: str) -> HttpResponse:
    if _is_api(request):
        return problem_json(status, code, title)
    context: dict[str, Any] = {"request_path": request.path}
    # No request in the context: processors may need what has just failed.
    return HttpResponse(render_to_string(f"{status}.html", context), status=status)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
